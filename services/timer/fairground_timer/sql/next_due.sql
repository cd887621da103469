-- When the next command is due; null when none is asked for.
SELECT min(first.due_ms) FROM shards s CROSS JOIN LATERAL (
    SELECT t.due_ms FROM timers t WHERE t.shard = s.shard AND t.state = 'waiting' ORDER BY t.due_ms, t.asked LIMIT 1
) AS first
