-- What was applied already, and what it said then.
SELECT name, sha256 FROM migrations
