-- What became of a command: its events, their rewards, what those caused, oldest first. ($1 command, $2 limit)
WITH RECURSIVE chain AS (
    SELECT r.*, 1 AS step FROM records r WHERE r.command_id = $1 AND r.valid
    UNION
    SELECT r.*, c.step + 1 FROM chain c JOIN records r ON r.command_id = c.id WHERE c.id IS NOT NULL AND r.valid AND c.step < 8
), found AS (
    SELECT DISTINCT ON (topic, partition, "offset") * FROM chain
), answers AS (
    SELECT a.*, 9 AS step FROM records a JOIN found f ON a.reward_id = f.reward_id
    WHERE a.valid AND NOT EXISTS (
        SELECT FROM found g WHERE (g.topic, g.partition, g."offset") = (a.topic, a.partition, a."offset")
    )
)
SELECT t.name AS topic_name, t.kind, t.service, f.*
FROM (SELECT * FROM found UNION SELECT * FROM answers) f JOIN topics t ON t.id = f.topic
ORDER BY f.logged_ms, f.topic, f.partition, f."offset" LIMIT $2
