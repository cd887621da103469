-- The books: what events move between accounts, double entry. Written with the events, in the same transaction.
CREATE TABLE ledger_entries (
    topic smallint NOT NULL,
    partition smallint NOT NULL,
    "offset" bigint NOT NULL,
    line smallint NOT NULL,               -- of this event's entries, from 0
    activity_id text COLLATE "C" NOT NULL,
    account text COLLATE "C" NOT NULL,    -- such as packet:<packet>; up to the first colon it says what kind it is
    fen bigint NOT NULL CHECK (fen <> 0), -- positive: there is more on the account; negative: less
    PRIMARY KEY (topic, partition, "offset", line)
);
CREATE INDEX ledger_entries_accounts ON ledger_entries (activity_id, account) INCLUDE (fen);

-- Entries that do not come to 0 are not books. A statement writes the entries of whole events.
CREATE FUNCTION ledger_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong record;
BEGIN
    SELECT topic, partition, "offset", sum(fen) AS fen INTO wrong FROM written
    GROUP BY topic, partition, "offset" HAVING sum(fen) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the entries of topic %, partition %, offset % come to % fen, not to 0',
            wrong.topic, wrong.partition, wrong."offset", wrong.fen;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_balances AFTER INSERT ON ledger_entries REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_balances();
