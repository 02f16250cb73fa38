-- Holds what is known of topics against what they are.
--
-- KEYS meta of each
-- ARGV of each what is known: epoch, tag and version of readers
-- Returns of each topic that is not so its place, and epoch, sequence, tag and version, '' for what it has not.
local call = redis.call
local changed = {}
for i, key in ipairs(KEYS) do
  if call('HGET', key, 'at') ~= ARGV[i] then
    local meta = call('HMGET', key, 'epoch', 'seq', 'tag', 'rv')
    changed[#changed + 1] = i
    for j = 1, 4 do
      changed[#changed + 1] = meta[j] or ''
    end
  end
end
return changed
