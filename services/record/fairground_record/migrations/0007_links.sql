-- Which members are one person, as the shop says: whoever compares people has to know.

ALTER TABLE shop_facts DROP CONSTRAINT shop_facts_what_check;
ALTER TABLE shop_facts ADD CONSTRAINT shop_facts_what_check
    CHECK (what IN ('paid', 'refunded', 'registered', 'linked', 'unlinked'));

-- `subject_id` is the person then.
CREATE INDEX shop_facts_links ON shop_facts (member_id, time_ms) WHERE what IN ('linked', 'unlinked');

DROP INDEX shop_facts_orders;
CREATE INDEX shop_facts_orders ON shop_facts USING hash (member_id) WHERE what IN ('paid', 'refunded');

CREATE OR REPLACE VIEW shop_orders AS
SELECT member_id, subject_id AS order_id, min(time_ms) FILTER (WHERE what = 'paid') AS paid_ms,
    greatest(max(amount_fen) FILTER (WHERE what = 'paid')
        - coalesce(max(amount_fen) FILTER (WHERE what = 'refunded'), 0), 0) AS net_fen
FROM shop_facts WHERE what IN ('paid', 'refunded') GROUP BY member_id, subject_id
HAVING min(time_ms) FILTER (WHERE what = 'paid') IS NOT NULL;

-- What was said of members so far is read anew, for the links among it.
DELETE FROM shop_facts f USING topics t WHERE t.id = f.topic AND t.kind = 'members';
UPDATE positions p SET next_offset = 0, last = NULL FROM topics t WHERE t.id = p.topic AND t.kind = 'members';
