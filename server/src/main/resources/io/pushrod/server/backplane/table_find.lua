-- Finds a record of a table, which lives on from now.
--
-- KEYS 1 records, 2 when each was asked for last, 3 keys by alias
-- ARGV 1 key or alias, 2 'k' or 'a', 3 ms that a record lives, 4 ms after which it is worth noting that it was asked for
-- Returns nothing; or key, alias, rank and value.
local RANK = 1e14

local key = ARGV[1]
if ARGV[2] == 'a' then
  key = redis.call('HGET', KEYS[3], key)
  if not key then
    return {}
  end
end
local stored = redis.call('HGET', KEYS[1], key)
local score = stored and redis.call('ZSCORE', KEYS[2], key)
if not score then
  return {}
end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local rank = math.floor(tonumber(score) / RANK)
local age = now - (tonumber(score) - rank * RANK)
if age >= tonumber(ARGV[3]) then
  return {}
end
if age > tonumber(ARGV[4]) then
  -- Without memory, or a disk, it is found all the same.
  redis.pcall('ZADD', KEYS[2], string.format('%.0f', rank * RANK + now), key)
  for i = 1, 3 do
    redis.pcall('PEXPIRE', KEYS[i], ARGV[3])
  end
end
local length = string.byte(stored)
return {key, string.sub(stored, 2, 1 + length), rank, string.sub(stored, 10 + length)}
