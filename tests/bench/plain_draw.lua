-- plain_draw(member; prize, free) -> the prize that the draw comes to, "" for none, or false when no chance is left
--
-- KEYS[1]  hash of a member: draws
-- KEYS[2]  hash of the stock: prize -> left
-- ARGV[1]  the prize that was drawn, "" for none
-- ARGV[2]  draws that a member has
if redis.call('HINCRBY', KEYS[1], 'draws', 1) > tonumber(ARGV[2]) then
  return false
end
if ARGV[1] ~= '' then
  redis.call('HINCRBY', KEYS[2], ARGV[1], -1)
end
return ARGV[1]
