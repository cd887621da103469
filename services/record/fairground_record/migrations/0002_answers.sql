-- What the answers of fairground_record.answers need: an index for winners, and figures that are kept up to date beside
-- the record, never while it writes.

-- An activity's rewards, newest first. Only granted rewards are in it: a small part of all rows, so that writing stays
-- cheap. Ids have at most 128 characters; what strangers send may be longer than a btree takes.
CREATE INDEX records_granted ON records (left(activity_id, 128), logged_ms, "offset", partition)
    WHERE type = 'fairground.reward.granted.v1' AND valid;

-- How far each partition is in the figures below. What is recorded never changes, so each row is counted exactly once.
CREATE TABLE tallied (
    topic smallint NOT NULL REFERENCES topics,
    partition smallint NOT NULL,
    next_offset bigint NOT NULL DEFAULT 0,  -- the first offset that is not counted
    PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50);

-- What happened by the quarter of an hour of its own time: days begin at a quarter in every zone.
CREATE TABLE tallies (
    activity_id text COLLATE "C" NOT NULL,
    quarter bigint NOT NULL,  -- of an hour, since 1970; -1: its time cannot be read
    drew bigint NOT NULL,     -- outcomes that name a prize, won or not
    refused bigint NOT NULL,
    rewards bigint NOT NULL,
    granted_fen bigint NOT NULL,
    revoked_fen bigint NOT NULL,
    PRIMARY KEY (activity_id, quarter)
) WITH (fillfactor = 70);

-- How often what happened, over all time: a few rows an activity.
CREATE TABLE totals (
    activity_id text COLLATE "C" NOT NULL,
    type text COLLATE "C" NOT NULL,
    detail text COLLATE "C" NOT NULL,  -- of a refusal its reason, of a reward its kind; else empty
    prize_id text COLLATE "C" NOT NULL,
    times bigint NOT NULL,
    value_fen bigint NOT NULL,         -- of rewards; of what was revoked too
    PRIMARY KEY (activity_id, type, detail, prize_id)
) WITH (fillfactor = 50);

-- Who did what, once each. roles: 1 met (any event names the member), 2 took part (an outcome names a prize),
-- 4 ordered (an event names an order), 8 won (a reward was granted).
CREATE TABLE takers (
    activity_id text COLLATE "C" NOT NULL,
    member_id text COLLATE "C" NOT NULL,
    roles smallint NOT NULL,
    PRIMARY KEY (activity_id, member_id)
);

-- How many of them there are.
CREATE TABLE people (
    activity_id text COLLATE "C" PRIMARY KEY,
    met bigint NOT NULL,
    took_part bigint NOT NULL,
    ordered bigint NOT NULL,
    won bigint NOT NULL
) WITH (fillfactor = 50);

-- A reward's value as it was sent; 0 where it is no number. Strangers' texts must not make a query fail.
CREATE FUNCTION value_fen_of(value text) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN sent.fen ~ '^[0-9]{1,15}$' THEN sent.fen::bigint ELSE 0 END
    FROM (SELECT json_of(value)->'reward'->>'value_fen' AS fen) sent
$$;

-- A local date in a zone whose days begin at that hour.
CREATE FUNCTION business_day(moment timestamptz, zone text, day_start_hour int) RETURNS date
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT ((moment AT TIME ZONE zone) - make_interval(hours => day_start_hour))::date
$$;

CREATE FUNCTION quarter_of(sent text) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(floor(extract(epoch FROM moment_of(sent)) / 900)::bigint, -1)
$$;

-- Times in our own form are cut to the minute, so that each minute is read once instead of each time.
CREATE FUNCTION minute_of(sent text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN sent LIKE '____-__-__T__:__:%Z' THEN left(sent, 16) || 'Z' ELSE sent END
$$;

-- What an event names as its outcome: a prize, `-` for a draw that became nothing (no prize has that id), or null.
CREATE FUNCTION outcome_of(prize_id text, type text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(prize_id, CASE WHEN type LIKE '%.draw.missed.v_' THEN '-' END)
$$;

-- Facts of one range of one partition, as the tables above count them. A reward that was published again counts once.
-- `+ 0` and `left(type)` leave PostgreSQL only the index on rewards for what is looked up by one: before it has
-- statistics of a new table, it would rather read the whole partition, or all of another index, each time.
CREATE FUNCTION facts(of_topic smallint, of_partition smallint, first bigint, behind bigint, kind text)
RETURNS TABLE (activity_id text, member_id text, type text, detail text, prize_id text, minute text, roles int,
    value_fen bigint) LANGUAGE sql STABLE AS $$
    SELECT left(r.activity_id, 128), left(r.member_id, 128), left(r.type, 128), left(coalesce(r.reason, ''), 128),
        left(coalesce(outcome_of(r.prize_id, r.type), ''), 128), coalesce(minute_of(r.time), ''),
        1 + CASE WHEN outcome_of(r.prize_id, r.type) IS NULL THEN 0 ELSE 2 END + CASE WHEN r.order_id IS NULL THEN 0 ELSE 4 END, 0
    FROM records r
    WHERE kind = 'events' AND r.topic = of_topic AND r.partition = of_partition AND r."offset" >= first
        AND r."offset" < behind AND r.valid AND r.activity_id IS NOT NULL
    UNION ALL
    SELECT left(r.activity_id, 128), left(r.member_id, 128), left(r.type, 128),
        left(coalesce(json_of(g.value)->'reward'->>'reward', ''), 128), left(coalesce(g.prize_id, ''), 128),
        coalesce(minute_of(r.time), ''), CASE WHEN r.type = g.type THEN 9 ELSE 1 END, value_fen_of(g.value)
    FROM records r
    CROSS JOIN LATERAL (
        SELECT a.* FROM records a
        WHERE a.reward_id = r.reward_id AND a.topic + 0 = r.topic AND a.partition + 0 = r.partition AND a.valid
            AND left(a.type, 128) = 'fairground.reward.granted.v1'
        ORDER BY a."offset" + 0 LIMIT 1
    ) g
    WHERE kind = 'rewards' AND r.topic = of_topic AND r.partition = of_partition AND r."offset" >= first
        AND r."offset" < behind AND r.valid AND r.activity_id IS NOT NULL
        AND r.type IN ('fairground.reward.granted.v1', 'fairground.reward.revoked.v1')
        AND NOT EXISTS (
            SELECT FROM records b
            WHERE b.reward_id = r.reward_id AND b.topic + 0 = r.topic AND b.partition + 0 = r.partition AND b.valid
                AND left(b.type, 128) = r.type AND b."offset" + 0 < r."offset"
        )
$$;

-- Counts one range of one partition.
CREATE FUNCTION tally_range(of_topic smallint, of_partition smallint, first bigint, behind bigint, kind text)
RETURNS void LANGUAGE sql AS $$
    WITH found AS MATERIALIZED (
        SELECT f.activity_id, f.member_id, f.type, f.detail, f.prize_id, f.minute, bit_or(f.roles) AS roles,
            count(*) AS times, sum(f.value_fen)::bigint AS value_fen
        FROM facts(of_topic, of_partition, first, behind, kind) f GROUP BY 1, 2, 3, 4, 5, 6
    ), minutes AS MATERIALIZED (
        SELECT m.minute, quarter_of(m.minute) AS quarter FROM (SELECT DISTINCT found.minute FROM found) m
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
        SELECT f.activity_id, f.member_id, bit_or(f.roles)::smallint AS roles FROM found f
        WHERE f.member_id IS NOT NULL GROUP BY 1, 2
    ), compared AS MATERIALIZED (
        SELECT s.*, coalesce(
            (SELECT k.roles FROM takers k WHERE k.activity_id = s.activity_id AND k.member_id = s.member_id), 0::smallint
        ) AS before
        FROM seen s
    ), remembered AS (
        INSERT INTO takers AS k SELECT c.activity_id, c.member_id, c.roles FROM compared c
        WHERE c.roles | c.before <> c.before
        ON CONFLICT (activity_id, member_id) DO UPDATE SET roles = k.roles | excluded.roles
    )
    INSERT INTO people AS p
    SELECT c.activity_id, count(*) FILTER (WHERE c.roles & ~c.before & 1 > 0),
        count(*) FILTER (WHERE c.roles & ~c.before & 2 > 0), count(*) FILTER (WHERE c.roles & ~c.before & 4 > 0),
        count(*) FILTER (WHERE c.roles & ~c.before & 8 > 0)
    FROM compared c WHERE c.roles | c.before <> c.before GROUP BY 1
    ON CONFLICT (activity_id) DO UPDATE SET met = p.met + excluded.met, took_part = p.took_part + excluded.took_part,
        ordered = p.ordered + excluded.ordered, won = p.won + excluded.won
$$;

-- Counts what was recorded since the last time, at most so many offsets of each partition; returns how many offsets
-- were counted. One at a time: somebody else who is counting is waited for, or (not `waits`) left alone.
CREATE FUNCTION tally(most bigint, waits boolean) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    part record;
    counted bigint := 0;
BEGIN
    IF waits THEN
        PERFORM pg_advisory_xact_lock(7240318605113);
    ELSIF NOT pg_try_advisory_xact_lock(7240318605113) THEN
        RETURN 0;
    END IF;
    INSERT INTO tallied (topic, partition)
    SELECT p.topic, p.partition FROM positions p JOIN topics t ON t.id = p.topic WHERE t.kind IN ('events', 'rewards')
    ON CONFLICT DO NOTHING;
    FOR part IN
        SELECT d.topic, d.partition, d.next_offset AS first, least(p.next_offset, d.next_offset + most) AS behind, t.kind
        FROM tallied d JOIN positions p USING (topic, partition) JOIN topics t ON t.id = d.topic
        WHERE p.next_offset > d.next_offset
    LOOP
        PERFORM tally_range(part.topic, part.partition, part.first, part.behind, part.kind);
        UPDATE tallied d SET next_offset = part.behind WHERE d.topic = part.topic AND d.partition = part.partition;
        counted := counted + part.behind - part.first;
    END LOOP;
    RETURN counted;
END $$;

-- Who won something lately, each reward once, none that was taken back. It walks the index from its end and stops when
-- it has enough; nothing else is allowed, because without good statistics all of the activity's rewards would be sorted.
CREATE FUNCTION newest_winners(of_activity text, most bigint)
RETURNS TABLE (reward_id text, member_id text, prize_id text, "time" text, value text)
LANGUAGE sql STABLE
SET enable_sort = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    SELECT r.reward_id, r.member_id, r.prize_id, r.time, r.value
    FROM records r
    WHERE left(r.activity_id, 128) = left(of_activity, 128) AND r.activity_id = of_activity AND r.valid
        AND r.type = 'fairground.reward.granted.v1' AND r.member_id IS NOT NULL
        AND r.topic IN (SELECT t.id FROM topics t WHERE t.kind = 'rewards')
        AND NOT EXISTS (
            SELECT FROM records o
            WHERE o.reward_id = r.reward_id AND o.valid AND o.topic + 0 = r.topic AND (
                o.type = 'fairground.reward.revoked.v1'
                OR (o.type = r.type AND (o.partition, o."offset") < (r.partition, r."offset"))
            )
        )
    ORDER BY left(r.activity_id, 128) DESC, r.logged_ms DESC, r."offset" DESC, r.partition DESC LIMIT most
$$;
