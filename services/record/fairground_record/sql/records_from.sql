-- A topic's records from an offset on, in order, void ones too. ($1 topic, $2 partition, $3 first offset, $4 how many)
SELECT r.*, t.kind FROM records r JOIN topics t ON t.id = r.topic
WHERE t.name = $1 AND r.partition = $2 AND r."offset" >= $3 ORDER BY r."offset" LIMIT $4
