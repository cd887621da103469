-- All events of an activity that count, in order. ($1 its service's events topic, $2 activity)
SELECT r.id, r.type, r.time, r.command_id, r.value FROM records r JOIN topics t ON t.id = r.topic
WHERE t.name = $1 AND r.activity_id = $2 AND r.valid ORDER BY r.partition, r."offset"
