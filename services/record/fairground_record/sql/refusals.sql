-- How often each reason was given. ($1 activity, or null for all)
SELECT t.service, r.activity_id, r.type, r.reason, count(*) AS times
FROM records r JOIN topics t ON t.id = r.topic
WHERE t.kind = 'events' AND r.valid AND r.reason IS NOT NULL AND ($1::text IS NULL OR r.activity_id = $1)
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 5 DESC, 4
