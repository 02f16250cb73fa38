-- Gives a topic another epoch, as long as it has the one that was seen.
--
-- KEYS 1 meta
-- ARGV 1 the epoch seen, 2 another, 3 command to publish, 4 channel
if redis.call('HGET', KEYS[1], 'epoch') == ARGV[1] then
  local meta = redis.call('HMGET', KEYS[1], 'tag', 'rv')
  redis.call('HSET', KEYS[1], 'epoch', ARGV[2], 'at', ARGV[2] .. meta[1] .. (meta[2] or ''))
  redis.call(ARGV[3], ARGV[4], 'E' .. ARGV[2])
end
return 1
