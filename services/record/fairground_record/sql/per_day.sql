-- Events a day by kind. ($1 activity, or null for all; $2 IANA zone)
SELECT (moment_of(r.time) AT TIME ZONE $2)::date AS day, r.type, count(*) AS times
FROM records r JOIN topics t ON t.id = r.topic
WHERE t.kind = 'events' AND r.valid AND ($1::text IS NULL OR r.activity_id = $1)
GROUP BY 1, 2 ORDER BY 1, 2
