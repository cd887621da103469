-- Brings the figures of activities up to date. ($1 at most so many offsets of a partition, $2 whether to wait for others)
SELECT tally($1, $2)
