-- Accounts of one kind of an activity, the largest first. ($1 activity, $2 kind, $3 limit)
SELECT account, sum(fen)::bigint AS fen, count(*) AS entries
FROM ledger_entries WHERE activity_id = $1 AND split_part(account, ':', 1) = $2
GROUP BY account ORDER BY abs(sum(fen)) DESC, account LIMIT $3
