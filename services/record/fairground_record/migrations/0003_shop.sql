-- What the shop says, as far as answers need it: who paid what and when, what came back, who brought whom. From these
-- facts follow what members bought after they had taken part, and what those bought who were held out.

ALTER TABLE topics DROP CONSTRAINT topics_kind_check;
ALTER TABLE topics ADD CONSTRAINT topics_kind_check
    CHECK (kind IN ('events', 'rewards', 'results', 'dead', 'orders', 'members'));

-- Of a topic of which only facts are kept: a hash of its last record, so that another topic is not mixed in.
ALTER TABLE positions ADD COLUMN last bytea;

-- One row a fact, in the order of the offsets. What the shop repeats is here twice, and counts once (`shop_orders`).
CREATE TABLE shop_facts (
    topic smallint NOT NULL,
    partition smallint NOT NULL,
    "offset" bigint NOT NULL,
    what text COLLATE "C" NOT NULL CHECK (what IN ('paid', 'refunded', 'registered')),
    member_id text COLLATE "C" NOT NULL,
    subject_id text COLLATE "C" NOT NULL,  -- the order; of who registered, the member who brought them
    time_ms bigint NOT NULL,               -- its own time, milliseconds since 1970
    amount_fen bigint NOT NULL,            -- what was paid; of a refund, all refunds of the order up to this one
    PRIMARY KEY (topic, partition, "offset")
);
CREATE INDEX shop_facts_orders ON shop_facts USING hash (member_id) WHERE what <> 'registered';
CREATE INDEX shop_facts_brought ON shop_facts USING hash (subject_id) WHERE what = 'registered';

-- Each order once, however often it was said: when it was paid, and what stayed paid of it.
CREATE VIEW shop_orders AS
SELECT member_id, subject_id AS order_id, min(time_ms) FILTER (WHERE what = 'paid') AS paid_ms,
    greatest(max(amount_fen) FILTER (WHERE what = 'paid')
        - coalesce(max(amount_fen) FILTER (WHERE what = 'refunded'), 0), 0) AS net_fen
FROM shop_facts WHERE what <> 'registered' GROUP BY member_id, subject_id
HAVING min(time_ms) FILTER (WHERE what = 'paid') IS NOT NULL;

-- All figures are counted anew, because what is new here follows from rows that were counted already.
TRUNCATE tallied, tallies, totals, takers, people;

ALTER TABLE takers ADD COLUMN since bigint;  -- the minute since 1970 in which the member first took part

-- Counts one range of one partition, as in 0002, and since when each member has taken part.
CREATE OR REPLACE FUNCTION tally_range(
    of_topic smallint, of_partition smallint, first bigint, behind bigint, kind text
) RETURNS void LANGUAGE sql AS $$
    WITH found AS MATERIALIZED (
        SELECT f.activity_id, f.member_id, f.type, f.detail, f.prize_id, f.minute, bit_or(f.roles) AS roles,
            count(*) AS times, sum(f.value_fen)::bigint AS value_fen
        FROM facts(of_topic, of_partition, first, behind, kind) f GROUP BY 1, 2, 3, 4, 5, 6
    ), minutes AS MATERIALIZED (
        SELECT m.minute, coalesce(floor(m.epoch / 900)::bigint, -1) AS quarter, floor(m.epoch / 60)::bigint AS number
        FROM (SELECT d.minute, extract(epoch FROM moment_of(d.minute)) AS epoch
            FROM (SELECT DISTINCT found.minute FROM found) d) m
    ), by_quarter AS (
        INSERT INTO tallies AS t
        SELECT f.activity_id, m.quarter,
            sum(CASE WHEN kind = 'events' AND f.detail = '' AND f.prize_id <> '' THEN f.times ELSE 0 END)::bigint,
            sum(CASE WHEN kind = 'events' AND f.detail <> '' THEN f.times ELSE 0 END)::bigint,
            sum(CASE WHEN f.type = 'fairground.reward.granted.v1' THEN f.times ELSE 0 END)::bigint,
            sum(CASE WHEN f.type = 'fairground.reward.granted.v1' THEN f.value_fen ELSE 0 END)::bigint,
            sum(CASE WHEN f.type = 'fairground.reward.revoked.v1' THEN f.value_fen ELSE 0 END)::bigint
        FROM found f JOIN minutes m USING (minute) GROUP BY 1, 2
        ON CONFLICT (activity_id, quarter) DO UPDATE SET drew = t.drew + excluded.drew,
            refused = t.refused + excluded.refused, rewards = t.rewards + excluded.rewards,
            granted_fen = t.granted_fen + excluded.granted_fen, revoked_fen = t.revoked_fen + excluded.revoked_fen
    ), over_all AS (
        INSERT INTO totals AS t
        SELECT f.activity_id, f.type, f.detail, f.prize_id, sum(f.times)::bigint, sum(f.value_fen)::bigint
        FROM found f GROUP BY 1, 2, 3, 4
        ON CONFLICT (activity_id, type, detail, prize_id)
        DO UPDATE SET times = t.times + excluded.times, value_fen = t.value_fen + excluded.value_fen
    ), seen AS (
        SELECT f.activity_id, f.member_id, bit_or(f.roles)::smallint AS roles,
            min(m.number) FILTER (WHERE f.roles & 2 > 0) AS since
        FROM found f JOIN minutes m USING (minute) WHERE f.member_id IS NOT NULL GROUP BY 1, 2
    ), compared AS MATERIALIZED (
        SELECT s.*, coalesce(k.roles, 0::smallint) AS before,
            s.since IS NOT NULL AND (k.since IS NULL OR s.since < k.since) AS earlier
        FROM seen s
        LEFT JOIN LATERAL (
            SELECT t.roles, t.since FROM takers t WHERE t.activity_id = s.activity_id AND t.member_id = s.member_id
            LIMIT 1
        ) k ON true
    ), remembered AS (
        INSERT INTO takers AS k (activity_id, member_id, roles, since)
        SELECT c.activity_id, c.member_id, c.roles, c.since FROM compared c
        WHERE c.roles | c.before <> c.before OR c.earlier
        ON CONFLICT (activity_id, member_id)
        DO UPDATE SET roles = k.roles | excluded.roles, since = least(k.since, excluded.since)
    )
    INSERT INTO people AS p
    SELECT c.activity_id, count(*) FILTER (WHERE c.roles & ~c.before & 1 > 0),
        count(*) FILTER (WHERE c.roles & ~c.before & 2 > 0), count(*) FILTER (WHERE c.roles & ~c.before & 4 > 0),
        count(*) FILTER (WHERE c.roles & ~c.before & 8 > 0)
    FROM compared c WHERE c.roles | c.before <> c.before GROUP BY 1
    ON CONFLICT (activity_id) DO UPDATE SET met = p.met + excluded.met, took_part = p.took_part + excluded.took_part,
        ordered = p.ordered + excluded.ordered, won = p.won + excluded.won
$$;
