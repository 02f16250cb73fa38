-- Reads records of a topic.
--
-- KEYS 1 meta, 2 stream, 3 lifecycle events
-- ARGV 1 epoch, 2 the first sequence wanted, 3 bytes after which to end
-- Returns nothing where the epoch is another; or the first sequence stored, the first sequence that
-- follows, how many lifecycle events from before the first stored follow as id and value each, and records without holes.
local meta = redis.call('HMGET', KEYS[1], 'epoch', 'seq')
if meta[1] ~= ARGV[1] then
  return {}
end
local first = tonumber(meta[2]) + 1
local oldest = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)
if #oldest > 0 then
  first = tonumber(string.match(oldest[1][1], '^%d+'))
end
local from = math.max(tonumber(ARGV[2]), first)
local some = redis.call('XRANGE', KEYS[2], string.format('%d', from), '+', 'COUNT', 32)
if #some > 0 then
  local at = tonumber(string.match(some[1][1], '^%d+'))
  if at > from then
    from, first = at, at
  end
elseif from <= tonumber(meta[2]) then
  from = tonumber(meta[2]) + 1
  first = from
end
local all = {string.format('%d', first), string.format('%d', from), 0}
if tonumber(ARGV[2]) < first then
  local shelf = redis.call('XRANGE', KEYS[3], '-', string.format('%d', first - 1), 'COUNT', 1000)
  all[3] = #shelf
  for _, entry in ipairs(shelf) do
    all[#all + 1] = string.match(entry[1], '^%d+')
    all[#all + 1] = entry[2][2]
  end
end
local bytes, limit = 0, tonumber(ARGV[3])
local expected = from
while #some > 0 and bytes < limit do
  for _, entry in ipairs(some) do
    if bytes >= limit or tonumber(string.match(entry[1], '^%d+')) ~= expected then
      return all
    end
    all[#all + 1] = entry[2][2]
    bytes = bytes + #entry[2][2]
    expected = expected + 1
  end
  some = redis.call('XRANGE', KEYS[2], string.format('%d', expected), '+', 'COUNT', 32)
end
return all
