-- The events of one packet of an activity, in order: they have its id as their key. ($1 activity, $2 packet)
SELECT t.name AS topic_name, t.kind, t.service, r.* FROM records r JOIN topics t ON t.id = r.topic
WHERE r.activity_id = $1 AND r.key = $2 AND t.kind = 'events' AND r.valid ORDER BY r."offset"
