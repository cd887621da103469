-- Members who are somebody, as the shop said it last, and since when. ($1 the first moment that no longer counts)
SELECT newest.member_id, newest.subject_id AS person_id, (
    SELECT min(f.time_ms) FROM shop_facts f
    WHERE f.what = 'linked' AND f.member_id = newest.member_id AND f.subject_id = newest.subject_id
) AS since_ms
FROM (
    SELECT DISTINCT ON (member_id) member_id, subject_id, what FROM shop_facts
    WHERE what IN ('linked', 'unlinked') AND time_ms < $1
    ORDER BY member_id, time_ms DESC, partition DESC, "offset" DESC
) newest
WHERE newest.what = 'linked'
