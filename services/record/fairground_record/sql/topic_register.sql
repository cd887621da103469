-- The number by which rows name a topic. ($1 name, $2 kind, $3 service)
-- Whoever registers it at the same moment is waited for: DO NOTHING would return no row, and a SELECT beside it would
-- not see theirs.
INSERT INTO topics (name, kind, service) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id
