-- By which calendar activities count their days, as their newest versions say. ($1 activities)
SELECT DISTINCT ON (r.activity_id) r.activity_id, json_of(r.value)->'rules'->>'zone' AS zone,
    json_of(r.value)->'rules'->>'day_start_hour' AS day_start_hour
FROM unnest($1::text[]) AS a(activity) JOIN records r ON r.activity_id = a.activity
JOIN topics t ON t.id = r.topic
WHERE r.type LIKE 'fairground.activity.%' AND r.type = 'fairground.activity.published.v1' AND r.valid
    AND t.kind = 'events'
ORDER BY r.activity_id, r.topic, r.partition, r."offset" DESC
