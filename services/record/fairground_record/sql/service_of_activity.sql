-- Which kind of activity it is. ($1 activity)
SELECT t.service FROM records r JOIN topics t ON t.id = r.topic
WHERE r.activity_id = $1 AND r.type LIKE 'fairground.activity.%' AND r.valid AND t.kind = 'events' LIMIT 1
