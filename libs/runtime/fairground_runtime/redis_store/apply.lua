-- apply(position, activities, [records, counters] of each touched activity; change) -> "" or why it was refused
--
-- KEYS[1]  hash: next, end, epoch
-- KEYS[2]  set of the activities that have keys
-- KEYS[3], KEYS[4], ...  two hashes an activity: its records, its counters; in the order of ARGV[2]
-- ARGV[1]  msgpack: { start, next, end, epoch }
-- ARGV[2]  msgpack: { { activity, dropped, cleared, moves, puts, gone }, ... }
--            (without the records themselves: they are bytes, which this msgpack does not know)
--            dropped  true: all records and counters of the activity go first
--            cleared  { field, ... } counters that go
--            moves    { field, delta, floor, ceiling, ... }
--            puts     { field, ... } records that are written
--            gone     { field, ... } records that go
-- ARGV[3], ARGV[4], ...  the records of all `puts`, in order
--
-- Lua does not roll back: everything is checked before anything is written. A key of another type fails at its first
-- use, so each one is used here before any is written; what HINCRBY would not take is refused.
local EXACT = 2 ^ 53 -- from here on Lua's numbers skip integers

local function is_integer(stored)
  return stored == '0' or (string.find(stored, '^-?[1-9]%d*$') and math.abs(tonumber(stored)) <= EXACT)
end

local start, next_offset, log_end, epoch = unpack(cmsgpack.unpack(ARGV[1]))
local activities = cmsgpack.unpack(ARGV[2])

local position = redis.call('HMGET', KEYS[1], 'next', 'epoch')
local stands, of = tonumber(position[1] or '0'), tonumber(position[2] or epoch)
if stands ~= start then
  return 'next is ' .. stands .. ', the batch begins at ' .. start
end
if of ~= epoch then -- a worker that slept while the topics were created anew
  return 'the state is of epoch ' .. of .. ', the batch of ' .. epoch
end

redis.call('SCARD', KEYS[2])
for i, activity in ipairs(activities) do
  local counters, dropped, fresh, moves = KEYS[2 * i + 2], activity[2], {}, activity[4]
  if not dropped then -- else they go, whatever they are
    redis.call('HLEN', KEYS[2 * i + 1])
    redis.call('HLEN', counters)
  end
  for _, field in ipairs(activity[3]) do
    fresh[field] = true
  end
  for m = 1, #moves, 4 do
    local field = moves[m]
    local now = 0
    if not (dropped or fresh[field]) then
      local stored = redis.call('HGET', counters, field) or '0'
      if not is_integer(stored) then
        return 'counter ' .. activity[1] .. '/' .. field .. ' is no integer'
      end
      now = tonumber(stored)
    end
    local after = now + moves[m + 1]
    if after < moves[m + 2] or after > moves[m + 3] then
      return 'counter ' .. activity[1] .. '/' .. field .. ' would become ' .. after
    end
  end
end

local CHUNK = 4000 -- unpack takes about 8,000 values at most
local function in_chunks(command, key, values)
  for first = 1, #values, CHUNK do
    redis.call(command, key, unpack(values, first, math.min(first + CHUNK - 1, #values)))
  end
end

local written = 2
local function with_records(fields)
  local pairs_of_both = {}
  for n, field in ipairs(fields) do
    pairs_of_both[2 * n - 1], pairs_of_both[2 * n] = field, ARGV[written + n]
  end
  written = written + #fields
  return pairs_of_both
end

for i, activity in ipairs(activities) do
  local records, counters, moves = KEYS[2 * i + 1], KEYS[2 * i + 2], activity[4]
  if activity[2] then
    redis.call('DEL', records, counters)
  end
  in_chunks('HDEL', counters, activity[3])
  for m = 1, #moves, 4 do
    redis.call('HINCRBY', counters, moves[m], string.format('%.0f', moves[m + 1]))
  end
  in_chunks('HSET', records, with_records(activity[5]))
  in_chunks('HDEL', records, activity[6])
  redis.call('SADD', KEYS[2], activity[1])
end

redis.call('HSET', KEYS[1], 'next', string.format('%.0f', next_offset), 'end', string.format('%.0f', log_end),
  'epoch', string.format('%.0f', epoch))
return ''
