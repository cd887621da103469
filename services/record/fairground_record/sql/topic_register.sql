-- The number by which rows name a topic. ($1 name, $2 kind, $3 service)
WITH made AS (
    INSERT INTO topics (name, kind, service) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING RETURNING id
)
SELECT id FROM made UNION ALL SELECT id FROM topics WHERE name = $1
