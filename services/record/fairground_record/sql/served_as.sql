-- How an activity has dealt with members who tried: whether they took part, and whether they were refused as held out.
-- ($1 activity, $2 members)
SELECT m.member_id, EXISTS (
    SELECT FROM takers k WHERE k.activity_id = left($1::text, 128) AND k.member_id = m.member_id AND k.roles & 2 > 0
) AS took_part, EXISTS (
    SELECT FROM records r JOIN topics t ON t.id = r.topic
    WHERE r.member_id = m.member_id AND r.activity_id = $1 AND r.reason = 'holdout' AND r.valid AND t.kind = 'events'
) AS held_out
FROM unnest($2::text[]) AS m(member_id)
