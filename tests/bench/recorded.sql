-- How many rows of these topics are recorded. ($1 their names)
SELECT coalesce(sum(p.next_offset), 0) FROM record.positions p JOIN record.topics t ON t.id = p.topic
WHERE t.name = ANY($1::text[])
