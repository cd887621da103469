-- What waits or is parked, in the order in which it is due. ($1 service, empty: all; $2 how many)
SELECT u.service, u.timer_id, u.revision, u.due_ms, u.key, u.command, u.state, coalesce(u.problem, '') AS problem
FROM (
    SELECT waiting.* FROM shards s CROSS JOIN LATERAL (
        SELECT t.* FROM timers t WHERE t.shard = s.shard AND t.state = 'waiting' AND ($1 = '' OR t.service = $1)
        ORDER BY t.due_ms, t.asked LIMIT $2
    ) AS waiting
    UNION ALL
    SELECT t.* FROM timers t WHERE t.state = 'parked' AND ($1 = '' OR t.service = $1)
) AS u
ORDER BY u.due_ms, u.asked LIMIT $2
