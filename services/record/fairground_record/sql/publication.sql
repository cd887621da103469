-- The rules of one version as they were published, or of the newest. ($1 activity, $2 version, or null)
SELECT t.service, r.time, r.value FROM records r JOIN topics t ON t.id = r.topic
WHERE r.activity_id = $1 AND r.type LIKE 'fairground.activity.%' AND r.type = 'fairground.activity.published.v1'
    AND r.valid AND t.kind = 'events' AND ($2::bigint IS NULL OR json_of(r.value)->>'version' = $2::text)
ORDER BY r.topic, r.partition, r."offset" DESC LIMIT 1
