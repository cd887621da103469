-- These cannot be given, and why. ($1 services, $2 timer ids, $3 problem)
UPDATE timers t SET state = 'parked', problem = $3
FROM unnest($1::text[], $2::text[]) AS g(service, timer_id) WHERE (t.service, t.timer_id) = (g.service, g.timer_id)
