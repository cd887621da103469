-- Whether a database is there. ($1 its name)
SELECT 1 FROM pg_database WHERE datname = $1
