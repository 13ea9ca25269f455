-- KEYS: leader, diffs
-- ARGV: new nonce, the asker's earlier nonce ("" for none), board hash, lease in ms
-- Answers {"OK", id that the log ends with or ""}, or {"HELD", ms until the lease ends}.
local holder = redis.call('HGET', KEYS[1], 'nonce')
if holder and holder ~= ARGV[1] and holder ~= ARGV[2] then
  return {'HELD', tostring(redis.call('PTTL', KEYS[1]))}
end
redis.call('HSET', KEYS[1], 'nonce', ARGV[1], 'board_hash', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)
return {'OK', last[1] and last[1][1] or ''}
