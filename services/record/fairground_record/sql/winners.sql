-- Who won something lately, newest first. ($1 activity, $2 limit)
SELECT reward_id, member_id, prize_id, time, value FROM newest_winners($1, $2)
