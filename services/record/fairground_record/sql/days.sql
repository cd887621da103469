-- What happened at an activity by business day, its newest days. ($1 activity, $2 zone, $3 hour at which days begin, $4 days)
WITH newest AS (
    SELECT max(quarter) AS quarter FROM tallies WHERE activity_id = left($1::text, 128)
), found AS MATERIALIZED (
    SELECT y.* FROM tallies y, newest n
    WHERE y.activity_id = left($1::text, 128) AND y.quarter >= greatest(n.quarter - 96 * $4::bigint, 0)
), days AS MATERIALIZED (
    SELECT q.quarter, business_day(to_timestamp(q.quarter * 900), $2, $3) AS day
    FROM (SELECT DISTINCT quarter FROM found) q
)
SELECT d.day, f.type, f.detail, f.outcome, sum(f.times)::bigint AS times, sum(f.value_fen)::bigint AS value_fen
FROM found f JOIN days d USING (quarter) GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
