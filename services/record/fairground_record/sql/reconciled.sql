-- Rewards of an activity by business day: granted, revoked, delivered, failed. Each reward counts once in each column:
-- as delivered when that was said first, as failed when it was said last and it was never delivered.
-- ($1 activity, $2 zone, $3 hour at which days begin)
WITH granted AS (
    SELECT DISTINCT ON (r.reward_id) r.reward_id, r.time, value_fen_of(r.value) AS value_fen
    FROM records r JOIN topics t ON t.id = r.topic
    WHERE left(r.activity_id, 128) = left($1::text, 128) AND r.activity_id = $1 AND r.valid AND t.kind = 'rewards'
        AND r.type = 'fairground.reward.granted.v1'
    ORDER BY r.reward_id, r.partition, r."offset"
), answers AS (
    SELECT g.reward_id, g.value_fen, a.time, split_part(a.type, '.', 3) AS said, a.logged_ms, a.partition, a."offset"
    FROM granted g JOIN records a ON a.reward_id = g.reward_id JOIN topics t ON t.id = a.topic
    WHERE a.valid AND ((t.kind = 'rewards' AND a.type = 'fairground.reward.revoked.v1')
        OR (t.kind = 'results' AND a.type IN ('fairground.reward.delivered.v1', 'fairground.reward.rejected.v1',
            'fairground.reward.failed.v1', 'fairground.reward.expired.v1', 'fairground.reward.returned.v1')))
), facts AS (
    SELECT 'granted' AS what, time, value_fen FROM granted
    UNION ALL
    (SELECT DISTINCT ON (reward_id, said) said, time, value_fen FROM answers
        WHERE said IN ('revoked', 'delivered') ORDER BY reward_id, said, logged_ms, partition, "offset")
    UNION ALL
    (SELECT DISTINCT ON (a.reward_id) 'failed', a.time, a.value_fen FROM answers a
        WHERE a.said IN ('rejected', 'failed', 'expired', 'returned')
            AND NOT EXISTS (SELECT FROM answers d WHERE d.reward_id = a.reward_id AND d.said = 'delivered')
        ORDER BY a.reward_id, a.logged_ms DESC, a.partition DESC, a."offset" DESC)
)
SELECT business_day(moment_of(time), $2, $3) AS day, what, count(*) AS rewards, sum(value_fen)::bigint AS value_fen
FROM facts GROUP BY 1, 2 ORDER BY 1 NULLS FIRST, 2
