-- Where a partition stands, and the hash of its last record; begins one that was never read. ($1 topic, $2 partition)
WITH begun AS (
    INSERT INTO positions (topic, partition) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING next_offset, last
)
SELECT next_offset, last FROM begun
UNION ALL SELECT next_offset, last FROM positions WHERE topic = $1 AND partition = $2
