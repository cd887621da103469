-- An activity's events of one partition below an offset, in order. ($1 topic, $2 partition, $3 activity, $4 offset)
SELECT t.name AS topic_name, t.kind, t.service, r.* FROM records r JOIN topics t ON t.id = r.topic
WHERE t.name = $1 AND r.partition = $2 AND r.activity_id = $3 AND r."offset" < $4 AND r.valid ORDER BY r."offset"
