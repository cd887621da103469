-- The schema of all of the record's tables, and what was applied to it.
CREATE SCHEMA IF NOT EXISTS record;
CREATE TABLE IF NOT EXISTS record.migrations (
    name text PRIMARY KEY,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
