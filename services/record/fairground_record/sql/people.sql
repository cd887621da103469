-- How many members did what at an activity. ($1 activity)
SELECT met, took_part, ordered, won FROM people WHERE activity_id = left($1::text, 128)
