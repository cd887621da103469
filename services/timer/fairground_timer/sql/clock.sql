-- What time it is by the streams.
SELECT now_ms FROM stream_clock
