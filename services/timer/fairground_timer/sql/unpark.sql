-- Lets the parked timers of these services wait again; they are due. ($1 services)
UPDATE timers SET state = 'waiting', problem = NULL WHERE state = 'parked' AND service = ANY ($1::text[])
RETURNING service
