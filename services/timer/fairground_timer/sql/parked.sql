-- The services that have parked timers.
SELECT DISTINCT service FROM timers WHERE state = 'parked' ORDER BY service
