-- One record. ($1 topic, $2 partition, $3 offset)
SELECT r.*, t.kind FROM records r JOIN topics t ON t.id = r.topic
WHERE r.topic = $1 AND r.partition = $2 AND r."offset" = $3
