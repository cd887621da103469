-- The record of all topics: one row a record of Kafka, void and malformed ones too.
--
-- Rows are written in the order of their offsets, together with the position in `positions` (one transaction), so the
-- record has neither gaps nor doubles. What the columns cannot give back byte for byte stands in `exact` as well.

CREATE TABLE topics (
    id smallint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL UNIQUE,
    kind text NOT NULL CHECK (kind IN ('events', 'rewards', 'results', 'dead')),
    service text NOT NULL  -- whose topic it is; empty: nobody's in particular
);

CREATE TABLE positions (
    topic smallint NOT NULL REFERENCES topics,
    partition smallint NOT NULL,
    next_offset bigint NOT NULL DEFAULT 0,  -- the first offset that is not recorded
    PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50);  -- updated with every batch: room for the new version on the same page

CREATE TABLE records (
    topic smallint NOT NULL,
    partition smallint NOT NULL,
    "offset" bigint NOT NULL,
    valid boolean NOT NULL,      -- whether it counts: an event by its stamp, any other record when it could be read
    problem text COLLATE "C",    -- why it could not be read
    stamp bigint,                -- of a void event: the offset at which its writer expected it
    id text COLLATE "C",
    type text COLLATE "C",
    source text COLLATE "C",
    time text COLLATE "C",       -- ce_time as sent
    activity_id text COLLATE "C",
    command_id text COLLATE "C", -- ce_causationid: of an event its command, of a reward its event
    traceparent text COLLATE "C",
    member_id text COLLATE "C",
    order_id text COLLATE "C",
    reward_id text COLLATE "C",
    prize_id text COLLATE "C",
    reason text COLLATE "C",
    logged_ms bigint NOT NULL,   -- when Kafka appended it, milliseconds since 1970
    key text COLLATE "C",
    value text COLLATE "C",      -- the data, JSON
    exact bytea,                 -- msgpack [key, value, headers], where the columns do not say it all
    PRIMARY KEY (topic, partition, "offset")
);

-- Support asks by id and by nothing else: equality. A hash index costs half a btree's time to write, and has no limit
-- on the length of what strangers send as an id.
CREATE INDEX records_member ON records USING hash (member_id);
CREATE INDEX records_command ON records USING hash (command_id);
CREATE INDEX records_order ON records USING hash (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX records_reward ON records USING hash (reward_id) WHERE reward_id IS NOT NULL;
-- Who published, paused or stopped what: a few rows an activity.
CREATE INDEX records_lifecycle ON records USING hash (activity_id) WHERE type LIKE 'fairground.activity.%';

-- A record's data as JSON; null where it is none. Strangers' texts must not make a query fail.
CREATE FUNCTION json_of(value text) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN value::jsonb;
EXCEPTION WHEN others THEN
    RETURN NULL;
END $$;

CREATE FUNCTION moment_of(sent text) RETURNS timestamptz LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN sent::timestamptz;
EXCEPTION WHEN others THEN
    RETURN NULL;
END $$;

-- What people ask. The events that count:
CREATE VIEW events AS
SELECT t.service, r.partition, r."offset", r.id, r.type, moment_of(r.time) AS time, r.activity_id, r.member_id,
    r.order_id, r.command_id, r.prize_id, r.reason, json_of(r.value) AS data
FROM records r JOIN topics t ON t.id = r.topic
WHERE t.kind = 'events' AND r.valid;

-- Each reward once, however often it was published, and what became of it.
CREATE VIEW rewards AS
SELECT g.reward_id, g.member_id, g.activity_id, g.prize_id, g.data->>'service' AS service,
    g.data->'reward'->>'reward' AS kind, (g.data->'reward'->>'amount')::bigint AS amount,
    (g.data->'reward'->>'value_fen')::bigint AS value_fen, g.data->'reward'->>'name' AS name,
    moment_of(g.time) AS granted_at, coalesce(after.status, 'granted') AS status, after.reason, after.at AS status_at
FROM (
    SELECT DISTINCT ON (r.reward_id) r.*, json_of(r.value) AS data
    FROM records r JOIN topics t ON t.id = r.topic
    WHERE t.kind = 'rewards' AND r.valid AND r.type = 'fairground.reward.granted.v1'
    ORDER BY r.reward_id, r.partition, r."offset"
) g
LEFT JOIN LATERAL (
    SELECT split_part(a.type, '.', 3) AS status, a.reason, moment_of(a.time) AS at
    FROM records a JOIN topics t ON t.id = a.topic
    WHERE a.reward_id = g.reward_id AND a.valid AND a.type LIKE 'fairground.reward.%'
        AND a.type <> 'fairground.reward.granted.v1' AND t.kind IN ('rewards', 'results')
    ORDER BY (a.type = 'fairground.reward.revoked.v1') DESC, a.logged_ms DESC, a."offset" DESC LIMIT 1
) after ON true;

CREATE VIEW dead_letters AS
SELECT t.name AS topic, r.partition, r."offset", r.id, moment_of(r.time) AS time, r.problem,
    d.data->>'cause' AS cause, d.data->>'detail' AS detail, d.data->>'topic' AS of_topic,
    (d.data->>'partition')::int AS of_partition, (d.data->>'offset')::bigint AS of_offset, d.data
FROM records r JOIN topics t ON t.id = r.topic, LATERAL (SELECT json_of(r.value) AS data) d
WHERE t.kind = 'dead';
