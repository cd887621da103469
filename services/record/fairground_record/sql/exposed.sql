-- How many saw an activity, in all first, then by its newest business days. ($1 activity, $2 how many days)
SELECT day, viewers, visitors FROM exposed WHERE activity_id = $1 ORDER BY day DESC LIMIT $2::bigint + 1
