-- Members who had bought before a moment, and those of whom others are known: whether they had, and what they bought from
-- then on: so many orders of which something stayed paid, and how much that is.
-- ($1 the moment, $2 the first moment that no longer counts; milliseconds since 1970; $3 members who are linked)
SELECT o.member_id, min(o.paid_ms) < $1 AS before,
    count(*) FILTER (WHERE o.paid_ms >= $1 AND o.paid_ms < $2 AND o.net_fen > 0) AS orders,
    coalesce(sum(o.net_fen) FILTER (WHERE o.paid_ms >= $1 AND o.paid_ms < $2), 0)::bigint AS spent_fen
FROM shop_orders o LEFT JOIN unnest($3::text[]) AS l(member_id) ON l.member_id = o.member_id
GROUP BY o.member_id HAVING min(o.paid_ms) < $1 OR bool_or(l.member_id IS NOT NULL)
