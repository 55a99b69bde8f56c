import { script, type Script } from './script';

/**
 * The list is three keys in one slot: KEYS[1] orders the entries by the microsecond of the server's clock in which they came,
 * no two the same; KEYS[2] holds them; KEYS[3] orders them by their end.
 */
const CLOCK = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
`;

/** ARGV: key, at, until, family, the app's time. */
export const ADD: Script = script(`${CLOCK}
local key, at, ends, family, app = unpack(ARGV)
local last = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]
local order = math.max(now, (tonumber(last) or 0) + 1)
local known = redis.call('HGET', KEYS[2], key)
if known then
  local before, till = string.match(known, '^(%S+) (%S+)')
  if tonumber(before) > tonumber(at) then at = before end
  if tonumber(till) > tonumber(ends) then ends = till end
end
redis.call('ZADD', KEYS[1], string.format('%.0f', order), key)
redis.call('HSET', KEYS[2], key, at .. ' ' .. ends .. ' ' .. family)
redis.call('ZADD', KEYS[3], ends, key)

local over = string.format('%.0f', math.min(now / 1000, tonumber(app)))
local old = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', over, 'LIMIT', 0, 100)
if #old > 0 then
  redis.call('ZREM', KEYS[1], unpack(old))
  redis.call('HDEL', KEYS[2], unpack(old))
  redis.call('ZREM', KEYS[3], unpack(old))
end
local longest = redis.call('ZREVRANGE', KEYS[3], 0, 0, 'WITHSCORES')[2]
if longest then
  local ttl = string.format('%.0f', math.max(1, tonumber(longest) - tonumber(app)))
  for _, name in ipairs(KEYS) do redis.call('PEXPIRE', name, ttl) end
end
return order
`);

/** ARGV: where to read on from, or nothing; the last entry of the part before, or nothing; how many entries at most. */
export const READ: Script = script(`${CLOCK}
local overlap = 5000000
local from = '-inf'
if ARGV[2] ~= '' then from = '(' .. ARGV[2]
elseif ARGV[1] ~= '' then from = string.format('%.0f', math.min(now, tonumber(ARGV[1])) - overlap) end
local found = redis.call('ZRANGEBYSCORE', KEYS[1], from, '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[3])
local entries = {string.format('%.0f', now)}
for index = 1, #found, 2 do
  table.insert(entries, found[index + 1])
  table.insert(entries, found[index])
  table.insert(entries, redis.call('HGET', KEYS[2], found[index]) or '')
end
return entries
`);
