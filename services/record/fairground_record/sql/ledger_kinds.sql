-- The books of an activity by kind of account. ($1 activity)
SELECT split_part(account, ':', 1) AS kind, count(DISTINCT account) AS accounts, sum(fen)::bigint AS fen,
    count(*) AS entries
FROM ledger_entries WHERE activity_id = $1 GROUP BY 1 ORDER BY 1
