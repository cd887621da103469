-- How many members did what at an activity, the newest quarter of an hour in which something happened, and how many
-- recorded offsets, of all activities, the figures do not know yet. ($1 activity)
SELECT coalesce(p.met, 0) AS met, coalesce(p.took_part, 0) AS took_part, coalesce(p.ordered, 0) AS ordered,
    coalesce(p.won, 0) AS won, coalesce(p.used, 0) AS used, (SELECT EXISTS (SELECT FROM uses)) AS any_used,
    (SELECT max(quarter) FROM tallies WHERE activity_id = left($1::text, 128)) AS newest,
    (SELECT coalesce(sum(o.next_offset - coalesce(d.next_offset, 0)), 0)::bigint
        FROM positions o JOIN tallied_topics t ON t.id = o.topic
        LEFT JOIN tallied d ON d.topic = o.topic AND d.partition = o.partition) AS uncounted
FROM (SELECT) once LEFT JOIN people p ON p.activity_id = left($1::text, 128)
