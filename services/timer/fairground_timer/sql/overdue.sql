-- How many commands are due and not given, counted up to $2 a shard, and when the oldest was due. ($1 now)
SELECT coalesce(sum(found.number), 0)::bigint, min(found.oldest_ms) FROM shards s CROSS JOIN LATERAL (
    SELECT count(*) AS number, min(late.due_ms) AS oldest_ms FROM (
        SELECT t.due_ms FROM timers t WHERE t.shard = s.shard AND t.state = 'waiting' AND t.due_ms <= $1
        ORDER BY t.due_ms, t.asked LIMIT $2
    ) AS late
) AS found
