-- Dead letters, newest first. ($1 topic they are about, or null for all; $2 limit)
SELECT d.topic, d.partition, d."offset", d.id, d.time, d.cause, d.detail, d.of_topic, d.of_partition, d.of_offset
FROM dead_letters d
WHERE $1::text IS NULL OR d.topic = $1 || '.dead'
ORDER BY d.time DESC NULLS LAST, d.topic, d.partition, d."offset" DESC LIMIT $2
