-- How many recorded offsets the figures do not know yet.
SELECT coalesce(sum(p.next_offset - coalesce(d.next_offset, 0)), 0)::bigint
FROM positions p JOIN topics t ON t.id = p.topic LEFT JOIN tallied d ON d.topic = p.topic AND d.partition = p.partition
WHERE t.kind IN ('events', 'rewards')
