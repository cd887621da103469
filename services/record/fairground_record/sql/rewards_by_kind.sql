-- What was granted, and what became of it. ($1 activity, or null for all)
SELECT kind, status, count(*) AS rewards, sum(amount)::bigint AS amount, sum(value_fen)::bigint AS value_fen
FROM rewards WHERE $1::text IS NULL OR activity_id = $1
GROUP BY 1, 2 ORDER BY 1, 2
