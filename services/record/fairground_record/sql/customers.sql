-- What members bought within so many days of first taking part, and whom they brought. It begins with the minute after
-- that one, because an order of the same minute may be what was drawn for. ($1 activity, $2 days)
WITH taken AS MATERIALIZED (
    SELECT k.member_id, (k.since + 1) * 60000 AS from_ms, (k.since + 1 + $2::bigint * 1440) * 60000 AS until_ms
    FROM takers k WHERE k.activity_id = left($1::text, 128) AND k.since IS NOT NULL
), bought AS (
    SELECT t.member_id, count(*) AS orders, sum(o.net_fen) AS sales_fen
    FROM taken t CROSS JOIN LATERAL (
        SELECT paid_ms, net_fen FROM shop_orders s WHERE s.member_id = t.member_id OFFSET 0
    ) o
    WHERE o.net_fen > 0 AND o.paid_ms >= t.from_ms AND o.paid_ms < t.until_ms GROUP BY 1
), brought AS (
    SELECT count(DISTINCT f.member_id) AS members FROM taken t JOIN shop_facts f
        ON f.what = 'registered' AND f.subject_id = t.member_id AND f.member_id <> t.member_id
        AND f.time_ms >= t.from_ms AND f.time_ms < t.until_ms
)
SELECT count(*) AS bought, count(*) FILTER (WHERE orders > 1) AS bought_again, coalesce(sum(orders), 0)::bigint AS orders,
    coalesce(sum(sales_fen), 0)::bigint AS sales_fen, (SELECT members FROM brought) AS brought
FROM bought
