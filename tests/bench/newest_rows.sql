-- So many rows in the order in which they were written, with the columns in the record's own order. ($1 how many)
SELECT topic, partition, "offset", valid, problem, stamp, id, type, source, time, activity_id, command_id, traceparent,
    member_id, order_id, reward_id, prize_id, reason, logged_ms, key, value, exact
FROM record.records ORDER BY ctid DESC LIMIT $1
