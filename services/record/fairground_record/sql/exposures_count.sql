-- Notes who saw what on which day, and counts whom nobody had noted yet; who has no new day is not new in all either.
-- In order, so that two recorders never wait for each other in a circle.
-- ($1 activities, $2 days, $3 whether it is a visitor, $4 viewers)
WITH of_days AS (
    INSERT INTO exposures (activity_id, day, visitor, viewer)
    SELECT * FROM unnest($1::text[], $2::date[], $3::boolean[], $4::text[]) AS said(activity_id, day, visitor, viewer)
    ORDER BY activity_id, day, visitor, viewer
    ON CONFLICT DO NOTHING RETURNING activity_id, day, visitor, viewer
), in_all AS (
    INSERT INTO exposures (activity_id, day, visitor, viewer)
    SELECT DISTINCT activity_id, 'infinity'::date, visitor, viewer FROM of_days
    ORDER BY activity_id, visitor, viewer
    ON CONFLICT DO NOTHING RETURNING activity_id, day, visitor
)
INSERT INTO exposed AS e (activity_id, day, viewers, visitors)
SELECT activity_id, day, count(*), count(*) FILTER (WHERE visitor)
FROM (SELECT activity_id, day, visitor FROM of_days UNION ALL SELECT activity_id, day, visitor FROM in_all) fresh
GROUP BY 1, 2 ORDER BY 1, 2
ON CONFLICT (activity_id, day)
DO UPDATE SET viewers = e.viewers + excluded.viewers, visitors = e.visitors + excluded.visitors
