-- What happened at an activity by day. ($1 activity, $2 the first quarter of an hour of each day, in order)
SELECT width_bucket(quarter, $2::bigint[]) AS number, sum(drew)::bigint AS drew, sum(rewards)::bigint AS won,
    sum(refused)::bigint AS refused, sum(granted_fen)::bigint AS granted_fen, sum(revoked_fen)::bigint AS revoked_fen
FROM tallies WHERE activity_id = left($1::text, 128) AND quarter >= ($2::bigint[])[1]
GROUP BY 1 ORDER BY 1
