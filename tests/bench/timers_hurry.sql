-- Everything that waits is due now. ($1 service, $2 milliseconds since 1970)
UPDATE timer.timers SET due_ms = $2 WHERE service = $1 AND state = 'waiting'
