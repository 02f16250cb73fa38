-- Appends records to a topic, and declares its readers, each once, and tells those who follow it.
--
-- KEYS 1 meta, 2 stream, 3 producers and calls, 4 lifecycle events
-- ARGV 1 epoch if the topic begins, 2 node, 3 number of the call, 4 events to keep, 5 seconds to keep them,
--      6 producers to remember, 7 lifecycle events to keep, 8 class of lifecycle events, 9 command to publish, 10 channel,
--      11 six random bytes; then of each record: 'e' if it is stored when some types are, 'r' if it is no event but who may
--      read from now on, producer or '', its epoch, its sequence, the record
-- Numbers that are compared as text have 16 hexadecimal digits.
-- Returns the epoch, the first sequence given, and a letter for each record: a appended, d duplicate, u not kept,
-- r declared, s stale epoch, f sealed; o alone for a call that was repeated and is over.
local meta = redis.call('HMGET', KEYS[1], 'epoch', 'seq', 'tag', 'sealed', 'kept', 'rv')
local epoch, tag, sealed, kept = meta[1], meta[3], meta[4], meta[5]
local seq = tonumber(meta[2] or 0)
if not epoch then
  -- The first command that writes must be one that needs memory: behind another, Redis would take it with none left.
  redis.call('HSET', KEYS[1], 'epoch', ARGV[1])
  redis.call('DEL', KEYS[2], KEYS[3], KEYS[4])
  epoch, tag = ARGV[1], string.rep('\0', 8)
end

local caller = 'n' .. ARGV[2]
local call = ARGV[3]
local done = redis.call('HGET', KEYS[3], caller)
if done and string.sub(done, 1, 16) >= call then
  if string.sub(done, 1, 16) > call then
    return {epoch, '0', 'o'}
  end
  redis.call('EXPIRE', KEYS[1], ARGV[5])
  return {string.sub(done, 49, 64), string.sub(done, 17, 32), string.sub(done, 65)}
end

local first = seq + 1
local before = tag
local marks, parts = {}, {}
local latest = {}
local readers
for i = 12, #ARGV, 5 do
  local producer, record = ARGV[i + 1], ARGV[i + 4]
  local mark = 'a'
  if producer ~= '' then
    local field = 'p' .. producer
    local known = latest[field]
    if known == nil then
      known = redis.call('HGET', KEYS[3], field)
    end
    if known then
      local known_epoch = string.sub(known, 1, 16)
      if ARGV[i + 2] < known_epoch then
        mark = 's'
      elseif ARGV[i + 2] == known_epoch and ARGV[i + 3] <= string.sub(known, 17, 32) then
        mark = 'd'
      end
    end
  end
  if mark == 'a' then
    local head = string.byte(record, 1)
    local lifecycle = head % 16 == tonumber(ARGV[8])
    if ARGV[i] == 'r' then
      mark, readers = 'r', record
    elseif sealed then
      mark = 'f'
    elseif kept and not lifecycle and ARGV[i] ~= 'e' then
      mark = 'u'
    else
      seq = seq + 1
      tag = ARGV[11] .. struct.pack('>H', #parts)
      local value = tag .. record
      local id = string.format('%d-0', seq)
      redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[4], id, 'r', value)
      if lifecycle then
        redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[7], id, 'r', value)
      end
      parts[#parts + 1] = struct.pack('>I4', #value) .. value
      if math.floor(head / 16) % 2 == 1 then
        sealed = '1'
      end
      if math.floor(head / 32) % 2 == 1 then
        kept = '1'
      end
    end
    if producer ~= '' and mark ~= 'f' then
      local value = ARGV[i + 2] .. ARGV[i + 3] .. string.format('%016x', seq)
      latest['p' .. producer] = value
    end
  end
  marks[#marks + 1] = mark
end

local answer = table.concat(marks)
local version = meta[6] or ''
if readers then
  version = string.format('%d', tonumber(meta[6] or 0) + 1)
  redis.call('HSET', KEYS[1], 'readers', readers, 'rv', version)
end
redis.call('HSET', KEYS[1], 'epoch', epoch, 'seq', string.format('%d', seq), 'tag', tag,
  'at', epoch .. tag .. version)
if sealed then
  redis.call('HSET', KEYS[1], 'sealed', '1')
end
if kept then
  redis.call('HSET', KEYS[1], 'kept', '1')
end
latest[caller] = call .. string.format('%016x%016x', first, seq) .. epoch .. answer
for field, value in pairs(latest) do
  redis.call('HSET', KEYS[3], field, value)
end

local limit = tonumber(ARGV[6])
if redis.call('HLEN', KEYS[3]) > limit then
  local all = redis.call('HGETALL', KEYS[3])
  local fields = {}
  for i = 1, #all, 2 do
    fields[#fields + 1] = {string.sub(all[i + 1], 33, 48), all[i]}
  end
  table.sort(fields, function(a, b) return a[1] < b[1] end)
  for i = 1, #fields - math.floor(limit * 7 / 8) do
    if fields[i][2] ~= caller then
      redis.call('HDEL', KEYS[3], fields[i][2])
    end
  end
end

for i = 1, 4 do
  redis.call('EXPIRE', KEYS[i], ARGV[5])
end
-- Who follows holds what comes next against the readers that it knows.
if readers then
  redis.call(ARGV[9], ARGV[10], 'D' .. string.format('%016x', version) .. readers)
end
if #parts > 0 then
  redis.call(ARGV[9], ARGV[10], 'R' .. epoch .. string.format('%016x', first) .. before .. table.concat(parts))
end
return {epoch, string.format('%016x', first), answer}
