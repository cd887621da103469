-- A play of a score game that became nothing is an outcome like a draw that did.
CREATE OR REPLACE FUNCTION outcome_of(prize_id text, type text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(prize_id, CASE WHEN type LIKE '%.draw.missed.v_' OR type LIKE '%.play.missed.v_' THEN '-' END)
$$;
