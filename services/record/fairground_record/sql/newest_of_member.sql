-- What happened to a member, newest first: events, rewards, and what became of those. ($1 member, $2 activity, or null
-- for all, $3 limit)
WITH own AS (
    SELECT r.* FROM records r WHERE r.member_id = $1 AND r.valid
        AND ($2::text IS NULL OR r.activity_id = $2 OR r.activity_id IS NULL)
), answers AS (
    SELECT a.* FROM own JOIN records a ON a.reward_id = own.reward_id
    WHERE a.valid AND a.member_id IS DISTINCT FROM $1 AND own.type = 'fairground.reward.granted.v1'
), found AS (
    SELECT * FROM own UNION SELECT * FROM answers
)
SELECT t.name AS topic_name, t.kind, t.service, f.* FROM found f JOIN topics t ON t.id = f.topic
ORDER BY f.logged_ms DESC, f.topic DESC, f.partition DESC, f."offset" DESC LIMIT $3
