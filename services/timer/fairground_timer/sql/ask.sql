-- What was said about timers, each at most once: what is not newer than what is known changes nothing.
INSERT INTO timers AS known
    (service, timer_id, revision, state, shard, due_ms, key, command, content, subject, cause, traceparent)
SELECT * FROM unnest(
    $1::text[], $2::text[], $3::bigint[], $4::text[], $5::smallint[], $6::bigint[], $7::text[], $8::text[], $9::text[],
    $10::text[], $11::text[], $12::text[]
)
ON CONFLICT (service, timer_id) DO UPDATE SET
    revision = excluded.revision, state = excluded.state, shard = excluded.shard, due_ms = excluded.due_ms,
    asked = excluded.asked, key = excluded.key, command = excluded.command, content = excluded.content,
    subject = excluded.subject, cause = excluded.cause, traceparent = excluded.traceparent, problem = NULL
WHERE known.revision < excluded.revision
