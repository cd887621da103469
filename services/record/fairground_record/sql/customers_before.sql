-- Everybody who had bought before a moment, and what they bought from then on: so many orders of which something stayed
-- paid, and how much that is. ($1 the moment, $2 the first moment that no longer counts; milliseconds since 1970)
SELECT member_id, count(*) FILTER (WHERE paid_ms >= $1 AND paid_ms < $2 AND net_fen > 0) AS orders,
    coalesce(sum(net_fen) FILTER (WHERE paid_ms >= $1 AND paid_ms < $2), 0)::bigint AS spent_fen
FROM shop_orders GROUP BY member_id HAVING min(paid_ms) < $1
