-- How many those are, counted up to a limit. ($1 topic, $2 partition, $3 activity, $4 offset, $5 limit)
SELECT count(*) FROM (
    SELECT FROM records r JOIN topics t ON t.id = r.topic
    WHERE t.name = $1 AND r.partition = $2 AND r.activity_id = $3 AND r."offset" < $4 AND r.valid LIMIT $5
) found
