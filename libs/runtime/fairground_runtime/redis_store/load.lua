-- load(position, [records, counters] of each touched activity; fields) -> where the state stands, then two of each
--
-- KEYS[1]  hash: next, end, epoch
-- KEYS[2], KEYS[3], ...  two hashes an activity: its records, its counters; in the order of ARGV[1]
-- ARGV[1]  msgpack: { { field, ... }, ... } the records that are wanted of each activity
--
-- Returns { { next, end, epoch }, { record, ... }, { field, count, ... }, { record, ... }, ... }; what is not there is
-- nil. All of it is of one moment, for nothing else runs beside a script; and it is one answer to take apart, where a
-- transaction would give one for each hash.
local CHUNK = 4000 -- unpack takes about 8,000 values at most

local function of(key, fields)
  if #fields <= CHUNK then
    return #fields == 0 and {} or redis.call('HMGET', key, unpack(fields))
  end
  local found = {}
  for first = 1, #fields, CHUNK do
    local last = math.min(first + CHUNK - 1, #fields)
    for n, record in ipairs(redis.call('HMGET', key, unpack(fields, first, last))) do
      found[first + n - 1] = record
    end
  end
  return found
end

local answer = { redis.call('HMGET', KEYS[1], 'next', 'end', 'epoch') }
for i, fields in ipairs(cmsgpack.unpack(ARGV[1])) do
  answer[2 * i] = of(KEYS[2 * i], fields)
  answer[2 * i + 1] = redis.call('HGETALL', KEYS[2 * i + 1])
end
return answer
