-- What the books of a service say of each account. ($1 topic, $2 partitions, $3 the end of each)
SELECT account, sum(fen) AS fen, count(*) AS entries
FROM ledger_entries JOIN unnest($2::smallint[], $3::bigint[]) AS until (number, behind) ON partition = number
WHERE topic = $1 AND "offset" < behind GROUP BY account
