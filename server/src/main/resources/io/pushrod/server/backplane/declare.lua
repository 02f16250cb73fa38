-- Says who may read a topic, which begins where it is not there.
--
-- KEYS 1 meta, 2 stream, 3 producers and calls, 4 lifecycle events
-- ARGV 1 epoch if it begins, 2 seconds to keep it, 3 readers, 4 command to publish, 5 channel
if redis.call('HEXISTS', KEYS[1], 'epoch') == 0 then
  redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'seq', '0', 'tag', string.rep('\0', 8))
  redis.call('DEL', KEYS[2], KEYS[3], KEYS[4])
end
redis.call('HSET', KEYS[1], 'readers', ARGV[3])
local version = redis.call('HINCRBY', KEYS[1], 'rv', 1)
local meta = redis.call('HMGET', KEYS[1], 'epoch', 'tag')
redis.call('HSET', KEYS[1], 'at', meta[1] .. meta[2] .. version)
redis.call('EXPIRE', KEYS[1], ARGV[2])
redis.call(ARGV[4], ARGV[5], 'D' .. string.format('%016x', version) .. ARGV[3])
return 1
