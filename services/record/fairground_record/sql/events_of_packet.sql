-- The events of one packet of an activity, and what its partition was told of the activity, in order: they have its id,
-- or the place, as their key. ($1 activity, $2 packet, $3 the key of what concerns every partition)
SELECT t.name AS topic_name, t.kind, t.service, r.* FROM records r JOIN topics t ON t.id = r.topic
WHERE r.activity_id = $1 AND r.key IN ($2, $3) AND t.kind = 'events' AND r.valid ORDER BY r."offset"
