-- Claims shards in which something is due, until the transaction ends: those that have waited longest, and none that
-- somebody else holds. ($1 now, $2 how many)
SELECT s.shard FROM shards s CROSS JOIN LATERAL (
    SELECT t.due_ms FROM timers t WHERE t.shard = s.shard AND t.state = 'waiting' AND t.due_ms <= $1
    ORDER BY t.due_ms, t.asked LIMIT 1
) AS oldest
ORDER BY oldest.due_ms LIMIT $2 FOR UPDATE OF s SKIP LOCKED
