-- One migration at a time: waits for whoever migrates now. ($1 the lock's number)
SELECT pg_advisory_lock($1)
