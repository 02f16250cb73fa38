-- Puts a record in the place of one, if that is as it was seen.
--
-- KEYS 1 records: a byte for the alias's length, alias, 8 bytes of the call that put it, and value; 2 when each was asked
-- for last, in ms behind its rank; 3 keys by alias
-- ARGV 1 key, 2 alias, 3 rank, 4 's' if a record was seen, 5 its value, 6 the new one, 7 ms that a record lives,
-- 8 how many there are at most, 9 the call: 8 bytes, the same when it is made again
-- Returns 1 and how many went for want of room; or 0, and what is there, if anything: alias, rank and value.
local RANK = 1e14
local SWEEP = 16

local key, alias, rank, life = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[7])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

local function parts(stored)
  local length = string.byte(stored)
  return string.sub(stored, 2, 1 + length), string.sub(stored, 10 + length), string.sub(stored, 2 + length, 9 + length)
end

local function unname(old, of)
  if old ~= '' and redis.call('HGET', KEYS[3], old) == of then
    redis.call('HDEL', KEYS[3], old)
  end
end

local function drop(other)
  local stored = redis.call('HGET', KEYS[1], other)
  if stored then
    local old = parts(stored)
    unname(old, other)
    redis.call('HDEL', KEYS[1], other)
  end
  redis.call('ZREM', KEYS[2], other)
end

local stored = redis.call('HGET', KEYS[1], key)
local score = stored and redis.call('ZSCORE', KEYS[2], key)
local is_there = score and now - (tonumber(score) - math.floor(tonumber(score) / RANK) * RANK) < life
local old_alias = ''
if is_there then
  local value, call
  old_alias, value, call = parts(stored)
  if call == ARGV[9] then
    return {1, 0}
  end
  if ARGV[4] ~= 's' or value ~= ARGV[5] then
    return {0, old_alias, math.floor(tonumber(score) / RANK), value}
  end
elseif ARGV[4] == 's' then
  return {0}
elseif stored then
  old_alias = parts(stored)
end

-- The first write needs memory, and fails alone where there is none.
redis.call('HSET', KEYS[1], key, string.char(#alias) .. alias .. ARGV[9] .. ARGV[6])
redis.call('ZADD', KEYS[2], string.format('%.0f', rank * RANK + now), key)
if old_alias ~= alias then
  unname(old_alias, key)
end
if alias ~= '' then
  redis.call('HSET', KEYS[3], alias, key)
end
for i = 1, 3 do
  redis.call('PEXPIRE', KEYS[i], ARGV[7])
end
if is_there then
  return {1, 0}
end

for each = 0, 1 do
  local from, to = each * RANK, each * RANK + now - life
  for _, other in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], string.format('%.0f', from),
      string.format('%.0f', to), 'LIMIT', 0, SWEEP)) do
    drop(other)
  end
end
local forgotten = 0
local over = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[8])
if over > 0 then
  for _, other in ipairs(redis.call('ZRANGE', KEYS[2], 0, math.min(over, SWEEP))) do
    if other ~= key and forgotten < over then
      drop(other)
      forgotten = forgotten + 1
    end
  end
end
return {1, forgotten}
