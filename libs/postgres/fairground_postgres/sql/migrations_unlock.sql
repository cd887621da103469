-- The next one may migrate. ($1 the lock's number)
SELECT pg_advisory_unlock($1)
