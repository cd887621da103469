-- Moves positions on, each only from where it is expected to stand: fewer rows than asked for means that somebody else
-- was here. Locked in order, so that two never wait for each other in a circle.
WITH asked AS (
    SELECT * FROM unnest($1::text[], $2::smallint[], $3::bigint[], $4::bigint[], $5::bytea[])
        AS a(topic, partition, expected, next, last)
), locked AS (
    SELECT p.topic, p.partition FROM positions p JOIN asked USING (topic, partition)
    ORDER BY p.topic, p.partition FOR UPDATE OF p
)
UPDATE positions p SET next_offset = asked.next, last = asked.last
FROM asked JOIN locked USING (topic, partition)
WHERE p.topic = asked.topic AND p.partition = asked.partition AND p.next_offset = asked.expected
RETURNING p.topic
