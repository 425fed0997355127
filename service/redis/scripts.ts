/*
 * The writes to Redis, as scripts: each compares with what is stored and writes in one step, so that a
 * repetition, or a heartbeat that was sent late, does not replace newer values. Times are texts of
 * equal length in UTC, which compare as times do.
 *
 * Each script gets `ttl`, seconds after which a key expires, 0 for never.
 */

/** The state of a component: the best of its instances' states. */
const componentState = `
local function expire(key, ttl)
  if ttl > 0 then redis.call('EXPIRE', key, ttl) end
end
local function refresh(component, sets, at)
  local up, late, down = redis.call('SCARD', sets[1]), redis.call('SCARD', sets[2]), redis.call('SCARD', sets[3])
  local state = up > 0 and 'up' or late > 0 and 'late' or down > 0 and 'down' or 'retired'
  redis.call('HSET', component, 'up', up, 'late', late, 'down', down)
  if redis.call('HGET', component, 'state') ~= state then
    redis.call('HSET', component, 'state', state, 'since', at)
  end
  return state
end
`;

/**
 * KEYS: instance, component, its sets of up, late and down instances. ARGV: ttl, name, version,
 * instance, time of receipt, timestamp, status, whether it is current, whether it shows that the
 * instance is up.
 *
 * A heartbeat that is not current is history: it counts only if its timestamp is newer.
 */
const heartbeat = `${componentState}
local instance, component, sets = KEYS[1], KEYS[2], {KEYS[3], KEYS[4], KEYS[5]}
local ttl, received, timestamp = tonumber(ARGV[1]), ARGV[5], ARGV[6]
local known = redis.call('HGET', instance, 'timestamp')
if ARGV[8] == '1' or not known or known < timestamp then
  redis.call('HSET', instance, 'name', ARGV[2], 'version', ARGV[3], 'instance', ARGV[4],
    'lastHeartbeat', received, 'timestamp', timestamp, 'status', ARGV[7])
end
local last = redis.call('HGET', component, 'lastHeartbeat')
if not last or last <= received then
  redis.call('HSET', component, 'name', ARGV[2], 'version', ARGV[3], 'instance', ARGV[4],
    'lastHeartbeat', received)
end
if ARGV[9] == '1' and redis.call('HSETNX', instance, 'state', 'up') == 1 then
  redis.call('HSETNX', instance, 'since', received)
  redis.call('SADD', sets[1], ARGV[4])
  refresh(component, sets, received)
  redis.call('PERSIST', instance)
  redis.call('PERSIST', component)
end
expire(instance, ttl)
expire(component, ttl)
for _, set in ipairs(sets) do expire(set, ttl) end
`;

/** Time for which the keys of a retired instance or component are kept, in seconds. */
export const retiredSeconds = 86_400;

/**
 * KEYS: as of a heartbeat. ARGV: ttl, name, version, instance, state, time of the event, its id.
 */
const state = `${componentState}
local instance, component, sets = KEYS[1], KEYS[2], {KEYS[3], KEYS[4], KEYS[5]}
local ttl, state, at = tonumber(ARGV[1]), ARGV[5], ARGV[6]
local function keep(key, isRetired)
  if isRetired and (ttl == 0 or ttl > ${retiredSeconds}) then
    redis.call('EXPIRE', key, ${retiredSeconds})
  elseif ttl > 0 then
    redis.call('EXPIRE', key, ttl)
  else
    redis.call('PERSIST', key)
  end
end
for index, one in ipairs({'up', 'late', 'down'}) do
  if one == state then
    redis.call('SADD', sets[index], ARGV[4])
  else
    redis.call('SREM', sets[index], ARGV[4])
  end
  expire(sets[index], ttl)
end
if redis.call('HGET', instance, 'state') ~= state then
  redis.call('HSET', instance, 'state', state, 'since', at)
end
redis.call('HSET', instance, 'name', ARGV[2], 'version', ARGV[3], 'instance', ARGV[4], 'event', ARGV[7])
redis.call('HSET', component, 'name', ARGV[2], 'version', ARGV[3])
keep(instance, state == 'retired')
keep(component, refresh(component, sets, at) == 'retired')
`;

/** KEYS: component. ARGV: ttl, name, version, health. */
const health = `
redis.call('HSET', KEYS[1], 'name', ARGV[2], 'version', ARGV[3], 'health', ARGV[4])
if tonumber(ARGV[1]) > 0 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
`;

/** KEYS: a key of the subscriber. ARGV: ttl, time. */
const newest = `
local known = redis.call('GET', KEYS[1])
if known and known > ARGV[2] then return end
if tonumber(ARGV[1]) > 0 then
  redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[1])
else
  redis.call('SET', KEYS[1], ARGV[2])
end
`;

export const scripts = { heartbeat, state, health, newest } as const;
export type ScriptName = keyof typeof scripts;
