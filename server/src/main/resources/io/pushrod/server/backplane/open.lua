-- Looks a topic up, and begins it where it is not there.
--
-- KEYS 1 meta, 2 stream, 3 producers and calls, 4 lifecycle events
-- ARGV 1 epoch if it begins, '' if it shall not, 2 seconds to keep it while it is empty, 3 bytes of its newest records
-- Returns nothing; or epoch, sequence, tag, sealed, kept, readers, their version, the first sequence stored, how many
-- lifecycle events from before that follow as id and value each, and the newest records, the newest first.
local meta = redis.call('HMGET', KEYS[1], 'epoch', 'seq', 'tag', 'sealed', 'kept', 'readers', 'rv')
if not meta[1] then
  if ARGV[1] == '' then
    return {}
  end
  meta = {ARGV[1], '0', string.rep('\0', 8), false, false, false, false}
  redis.call('HSET', KEYS[1], 'epoch', meta[1], 'seq', meta[2], 'tag', meta[3], 'at', meta[1] .. meta[3])
  redis.call('DEL', KEYS[2], KEYS[3], KEYS[4])
end
if redis.call('TTL', KEYS[1]) < tonumber(ARGV[2]) then
  redis.call('EXPIRE', KEYS[1], ARGV[2])
end

local seq = tonumber(meta[2])
local first = seq + 1
local oldest = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)
if #oldest > 0 then
  first = tonumber(string.match(oldest[1][1], '^%d+'))
end
local all = {
  meta[1], meta[2], meta[3], meta[4] or '', meta[5] or '', meta[6] or '', meta[7] or '', string.format('%d', first), 0
}
if first > 1 then
  local shelf = redis.call('XRANGE', KEYS[4], '-', string.format('%d', first - 1), 'COUNT', 1000)
  all[9] = #shelf
  for _, entry in ipairs(shelf) do
    all[#all + 1] = string.match(entry[1], '^%d+')
    all[#all + 1] = entry[2][2]
  end
end
local bytes, limit = 0, tonumber(ARGV[3])
local expected = seq
local go_on = expected >= first
while go_on and bytes < limit do
  local some = redis.call('XREVRANGE', KEYS[2], string.format('%d', expected), '-', 'COUNT', 32)
  go_on = #some == 32
  for _, entry in ipairs(some) do
    if bytes >= limit or tonumber(string.match(entry[1], '^%d+')) ~= expected then
      go_on = false
      break
    end
    all[#all + 1] = entry[2][2]
    bytes = bytes + #entry[2][2]
    expected = expected - 1
  end
end
return all
