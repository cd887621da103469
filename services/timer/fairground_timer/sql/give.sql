-- These were given. ($1 services, $2 timer ids, $3 when)
UPDATE timers t SET state = 'given', given_revision = t.revision, given_ms = $3, content = NULL
FROM unnest($1::text[], $2::text[]) AS g(service, timer_id) WHERE (t.service, t.timer_id) = (g.service, g.timer_id)
