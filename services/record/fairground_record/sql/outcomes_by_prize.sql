-- How often each prize was the outcome, by the kind of event that says so. ($1 activity, or null for all)
SELECT t.service, r.activity_id, r.prize_id, r.type, count(*) AS times
FROM records r JOIN topics t ON t.id = r.topic
WHERE t.kind = 'events' AND r.valid AND r.prize_id IS NOT NULL AND ($1::text IS NULL OR r.activity_id = $1)
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 5 DESC, 3
