-- Who won something lately, newest first; what was given instead of a reward is no win. ($1 activity, $2 limit)
SELECT reward_id, member_id, prize_id, time, value FROM newest_winners($1, 2 * $2::bigint)
WHERE reward_id NOT LIKE '%-r-c' LIMIT $2
