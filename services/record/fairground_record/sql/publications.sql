-- The rules of versions as they were published. ($1 activities, $2 a version of each)
SELECT a.activity, a.version, t.service, r.time, r.value
FROM unnest($1::text[], $2::bigint[]) AS a(activity, version)
JOIN records r ON r.activity_id = a.activity AND r.type LIKE 'fairground.activity.%'
JOIN topics t ON t.id = r.topic
WHERE r.type = 'fairground.activity.published.v1' AND r.valid AND t.kind = 'events'
    AND json_of(r.value)->>'version' = a.version::text
