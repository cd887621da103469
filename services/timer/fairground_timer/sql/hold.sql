-- Holds the rows of timers that are about to change, in the order in which `due` holds them: no circle of waiting.
SELECT 1 FROM timers t JOIN unnest($1::text[], $2::text[]) AS a(service, timer_id) USING (service, timer_id)
ORDER BY t.service, t.timer_id FOR UPDATE OF t
