-- What is due in these shards, oldest first, held until the transaction ends.
-- ($1 shards, $2 now, $3 how many at most, $4 the bytes behind which no more are taken)
WITH oldest AS MATERIALIZED (
    SELECT first.* FROM unnest($1::smallint[]) AS s(shard) CROSS JOIN LATERAL (
        SELECT t.service, t.timer_id, t.due_ms, t.asked, octet_length(t.content) AS size FROM timers t
        WHERE t.shard = s.shard AND t.state = 'waiting' AND t.due_ms <= $2
        ORDER BY t.due_ms, t.asked LIMIT $3
    ) AS first
    ORDER BY first.due_ms, first.asked LIMIT $3
), due AS MATERIALIZED (
    SELECT service, timer_id FROM (
        SELECT oldest.*, sum(size) OVER (ORDER BY due_ms, asked) - size AS before FROM oldest
    ) AS measured WHERE before < $4
), held AS MATERIALIZED (  -- looked at again once they are held: somebody may have changed them meanwhile
    SELECT t.* FROM timers t JOIN due USING (service, timer_id)
    WHERE t.shard = ANY ($1) AND t.state = 'waiting' AND t.due_ms <= $2
    ORDER BY t.service, t.timer_id FOR UPDATE OF t
)
SELECT service, timer_id, revision, due_ms, key, command, content, subject, cause, traceparent
FROM held ORDER BY due_ms, asked
