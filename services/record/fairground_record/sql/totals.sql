-- What happened at an activity, over all time. ($1 activity)
SELECT type, detail, prize_id, times, value_fen FROM totals WHERE activity_id = left($1::text, 128)
ORDER BY type, detail, prize_id
