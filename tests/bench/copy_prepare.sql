-- A table of the record's form, empty, with the same indexes.
CREATE SCHEMA IF NOT EXISTS bench;
DROP TABLE IF EXISTS bench.records;
CREATE TABLE bench.records (LIKE record.records INCLUDING ALL);
SET synchronous_commit = off;
