-- The streams have come to this time; their clock never goes back. ($1 milliseconds since 1970)
UPDATE stream_clock SET now_ms = $1 WHERE now_ms < $1
