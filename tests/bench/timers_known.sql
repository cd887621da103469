-- How many timers of the benchmark's service are known.
SELECT count(*) FROM timer.timers WHERE service = $1
