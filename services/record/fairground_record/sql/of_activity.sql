-- Who published, paused, resumed, stopped or archived an activity, and when. ($1 activity, $2 limit)
SELECT t.name AS topic_name, t.kind, t.service, r.* FROM records r JOIN topics t ON t.id = r.topic
WHERE r.activity_id = $1 AND r.type LIKE 'fairground.activity.%' AND r.valid AND t.kind = 'events'
ORDER BY r.logged_ms, r.partition, r."offset" LIMIT $2
