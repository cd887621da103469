-- Who saw an activity, and which rewards were made use of: both ends of what an activity comes to.

ALTER TABLE topics DROP CONSTRAINT topics_kind_check;
ALTER TABLE topics ADD CONSTRAINT topics_kind_check
    CHECK (kind IN ('events', 'rewards', 'results', 'dead', 'orders', 'members', 'exposures'));

-- Who saw what on which day, once each, however often a frontend says so. The day `infinity` stands for all of them.
CREATE TABLE exposures (
    activity_id text COLLATE "C" NOT NULL,
    day date NOT NULL,        -- the activity's business day
    visitor boolean NOT NULL, -- somebody who is not logged in
    viewer text COLLATE "C" NOT NULL,
    PRIMARY KEY (activity_id, day, visitor, viewer)
);

-- How many of them there are.
CREATE TABLE exposed (
    activity_id text COLLATE "C" NOT NULL,
    day date NOT NULL,
    viewers bigint NOT NULL,
    visitors bigint NOT NULL, -- of those, who were not logged in
    PRIMARY KEY (activity_id, day)
) WITH (fillfactor = 50);

-- Rewards that somebody says were used, once each. What was granted may be recorded after that: it is another topic.
CREATE TABLE uses (
    reward_id text COLLATE "C" PRIMARY KEY,
    state smallint NOT NULL -- 0: no such reward is recorded yet, 1: to be counted, 2: counted
) WITH (fillfactor = 70);
CREATE INDEX uses_open ON uses (state) WHERE state < 2;

ALTER TABLE people ADD COLUMN used bigint NOT NULL DEFAULT 0; -- members; in `takers` their role is 16

-- The reward of that id as it was granted. `+ 0` and `left(type)`: as in 0002_answers.sql.
CREATE FUNCTION granted(of_reward text) RETURNS SETOF records LANGUAGE sql STABLE AS $$
    SELECT a.* FROM records a
    WHERE a.reward_id = of_reward AND a.valid AND left(a.type, 128) = 'fairground.reward.granted.v1'
        AND a.topic + 0 IN (SELECT t.id FROM topics t WHERE t.kind = 'rewards')
    ORDER BY a.partition + 0, a."offset" + 0 LIMIT 1
$$;

-- Notes what one range of one partition says of rewards that were used, or grants that somebody waits for.
CREATE FUNCTION note_uses(of_topic smallint, of_partition smallint, first bigint, behind bigint, kind text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF kind = 'results' THEN
        INSERT INTO uses (reward_id, state)
        SELECT said.reward_id, CASE WHEN EXISTS (SELECT FROM granted(said.reward_id)) THEN 1 ELSE 0 END
        FROM (
            SELECT DISTINCT r.reward_id FROM records r
            WHERE r.topic = of_topic AND r.partition = of_partition AND r."offset" >= first AND r."offset" < behind
                AND r.valid AND r.type = 'fairground.reward.used.v1' AND length(r.reward_id) <= 128
        ) said
        ON CONFLICT DO NOTHING;
    ELSIF kind = 'rewards' AND EXISTS (SELECT FROM uses WHERE state = 0) THEN
        UPDATE uses u SET state = 1 FROM records r
        WHERE u.state = 0 AND u.reward_id = r.reward_id AND r.valid AND r.type = 'fairground.reward.granted.v1'
            AND r.topic = of_topic AND r.partition = of_partition AND r."offset" >= first AND r."offset" < behind;
    END IF;
END $$;

-- Counts the uses that are to be counted: rewards by kind and prize, members once each.
CREATE FUNCTION tally_uses() RETURNS void LANGUAGE sql AS $$
    WITH found AS MATERIALIZED (
        SELECT left(g.activity_id, 128) AS activity_id, left(g.member_id, 128) AS member_id,
            left(coalesce(json_of(g.value)->'reward'->>'reward', ''), 128) AS kind,
            left(coalesce(g.prize_id, ''), 128) AS prize_id, value_fen_of(g.value) AS value_fen
        FROM uses u CROSS JOIN LATERAL granted(u.reward_id) g WHERE u.state = 1 AND g.activity_id IS NOT NULL
    ), over_all AS (
        INSERT INTO totals AS t
        SELECT f.activity_id, 'fairground.reward.used.v1', f.kind, f.prize_id, count(*), sum(f.value_fen)::bigint
        FROM found f GROUP BY 1, 3, 4
        ON CONFLICT (activity_id, type, detail, prize_id)
        DO UPDATE SET times = t.times + excluded.times, value_fen = t.value_fen + excluded.value_fen
    ), fresh AS MATERIALIZED (
        SELECT s.activity_id, s.member_id
        FROM (SELECT DISTINCT f.activity_id, f.member_id FROM found f WHERE f.member_id IS NOT NULL) s
        LEFT JOIN takers k ON k.activity_id = s.activity_id AND k.member_id = s.member_id
        WHERE coalesce(k.roles, 0) & 16 = 0
    ), remembered AS (
        INSERT INTO takers AS k (activity_id, member_id, roles) SELECT f.activity_id, f.member_id, 16 FROM fresh f
        ON CONFLICT (activity_id, member_id) DO UPDATE SET roles = k.roles | 16
    )
    INSERT INTO people AS p (activity_id, met, took_part, ordered, won, used)
    SELECT f.activity_id, 0, 0, 0, 0, count(*) FROM fresh f GROUP BY 1
    ON CONFLICT (activity_id) DO UPDATE SET used = p.used + excluded.used
$$;

-- What is counted: events, rewards, and of results those of rewards.
CREATE VIEW tallied_topics AS
SELECT id, kind FROM topics WHERE kind IN ('events', 'rewards') OR name = 'fairground.reward-results';

-- Counts what was recorded since the last time, as in 0002_answers.sql, and which rewards were used.
CREATE OR REPLACE FUNCTION tally(most bigint, waits boolean) RETURNS bigint LANGUAGE plpgsql AS $$
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
    SELECT p.topic, p.partition FROM positions p JOIN tallied_topics t ON t.id = p.topic
    ON CONFLICT DO NOTHING;
    FOR part IN
        SELECT d.topic, d.partition, d.next_offset AS first, least(p.next_offset, d.next_offset + most) AS behind, t.kind
        FROM tallied d JOIN positions p USING (topic, partition) JOIN tallied_topics t ON t.id = d.topic
        WHERE p.next_offset > d.next_offset
    LOOP
        IF part.kind <> 'results' THEN
            PERFORM tally_range(part.topic, part.partition, part.first, part.behind, part.kind);
        END IF;
        PERFORM note_uses(part.topic, part.partition, part.first, part.behind, part.kind);
        UPDATE tallied d SET next_offset = part.behind WHERE d.topic = part.topic AND d.partition = part.partition;
        counted := counted + part.behind - part.first;
    END LOOP;
    IF EXISTS (SELECT FROM uses WHERE state = 1) THEN
        PERFORM tally_uses();
        UPDATE uses SET state = 2 WHERE state = 1;
    END IF;
    RETURN counted;
END $$;
