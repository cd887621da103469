-- Notes that a migration was applied. ($1 its file's name, $2 SHA-256 of its text)
INSERT INTO migrations (name, sha256) VALUES ($1, $2)
