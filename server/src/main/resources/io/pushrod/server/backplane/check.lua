-- Holds records that were stored against what is there.
--
-- KEYS meta and stream of each topic
-- ARGV of each: epoch, sequence and tag of a record
-- Returns the places of topics that have another record in its place, or none where there should be more.
local other = {}
for i = 1, #KEYS / 2 do
  local epoch, sequence, tag = ARGV[3 * i - 2], ARGV[3 * i - 1], ARGV[3 * i]
  local meta = redis.call('HMGET', KEYS[2 * i - 1], 'epoch', 'seq')
  if meta[1] == epoch then
    if tonumber(meta[2]) < tonumber(sequence) then
      other[#other + 1] = i
    else
      local found = redis.call('XRANGE', KEYS[2 * i], sequence, sequence)
      if #found == 1 and string.sub(found[1][2][2], 1, 8) ~= tag then
        other[#other + 1] = i
      end
    end
  end
end
return other
