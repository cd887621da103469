-- Everything that happened to a member, oldest first: events, rewards, and what became of those. ($1 member, $2 limit)
WITH own AS (
    SELECT r.* FROM records r WHERE r.member_id = $1 AND r.valid
), answers AS (
    SELECT a.* FROM records a JOIN own ON a.reward_id = own.reward_id WHERE a.valid AND a.member_id IS DISTINCT FROM $1
), found AS (
    SELECT * FROM own UNION SELECT * FROM answers
)
SELECT t.name AS topic_name, t.kind, t.service, f.* FROM found f JOIN topics t ON t.id = f.topic
ORDER BY f.logged_ms, f.topic, f.partition, f."offset" LIMIT $2
