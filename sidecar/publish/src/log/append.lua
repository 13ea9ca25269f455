-- KEYS: leader, diffs, snapshot
-- ARGV: nonce, id that the log must end with ("" for an empty log), new id ("" appends nothing),
--       entry, cap of the log, lease in ms, snapshot's life in ms, "1" when the snapshot starts over,
--       then field, value, … of the snapshot
-- Answers "OK"; "FENCED": the lease is not ours; "DIVERGED": the log ends elsewhere. Only OK writes.
if redis.call('HGET', KEYS[1], 'nonce') ~= ARGV[1] then return 'FENCED' end
local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)
local tail = last[1] and last[1][1] or ''
if tail ~= ARGV[2] then return 'DIVERGED' end
if ARGV[3] ~= '' then
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[5], ARGV[3], 'entry', ARGV[4])
end
if ARGV[8] == '1' then redis.call('DEL', KEYS[3]) end
for i = 9, #ARGV, 2 do redis.call('HSET', KEYS[3], ARGV[i], ARGV[i + 1]) end
redis.call('PEXPIRE', KEYS[3], ARGV[7])
redis.call('PEXPIRE', KEYS[1], ARGV[6])
return 'OK'
