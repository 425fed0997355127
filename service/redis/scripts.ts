/*
 * The writes to Redis, as scripts: each compares with what is stored and writes in one step, so that a
 * repetition, or a heartbeat that was sent late, does not replace newer values. Times are texts of
 * equal length in UTC, which compare as times do.
 *
 * Each script gets `ttl`, seconds after which a key expires, 0 for never.
 */

/**
 * The state of a component: the best of its instances' states. The instances that are up, late and down
 * are sets beside it.
 */
const componentState = `
local function expire(key, ttl)
  if ttl > 0 then redis.call('EXPIRE', key, ttl) end
end
local function setsOf(component)
  return {component .. ':up', component .. ':late', component .. ':down'}
end
local function refresh(component, sets, at)
  local up, late, down =
    redis.call('SCARD', sets[1]), redis.call('SCARD', sets[2]), redis.call('SCARD', sets[3])
  local state = up > 0 and 'up' or late > 0 and 'late' or down > 0 and 'down' or 'retired'
  redis.call('HSET', component, 'up', up, 'late', late, 'down', down)
  if redis.call('HGET', component, 'state') ~= state then
    redis.call('HSET', component, 'state', state, 'since', at)
  end
  return state
end
`;

/**
 * KEYS: a component, then some of its instances. ARGV: ttl, name, version, then for each instance its
 * name, time of receipt, timestamp, status, and what the heartbeat shows: 'up', that the instance is
 * up; 'current', only that it is current; or 'history', which counts if its timestamp is newer.
 */
const heartbeats = `${componentState}
local component, sets, ttl = KEYS[1], setsOf(KEYS[1]), tonumber(ARGV[1])
local last, isNew = redis.call('HGET', component, 'lastHeartbeat') or '', false
for index = 2, #KEYS do
  local key, at = KEYS[index], 4 + (index - 2) * 5
  local instance, received, timestamp = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local known = redis.call('HGET', key, 'timestamp')
  if ARGV[at + 4] ~= 'history' or not known or known < timestamp then
    redis.call('HSET', key, 'name', ARGV[2], 'version', ARGV[3], 'instance', instance,
      'lastHeartbeat', received, 'timestamp', timestamp, 'status', ARGV[at + 3])
  end
  if last <= received then
    last = received
    redis.call('HSET', component, 'name', ARGV[2], 'version', ARGV[3], 'instance', instance,
      'lastHeartbeat', received)
  end
  if ARGV[at + 4] == 'up' and redis.call('HSETNX', key, 'state', 'up') == 1 then
    redis.call('HSETNX', key, 'since', received)
    redis.call('SADD', sets[1], instance)
    redis.call('PERSIST', key)
    isNew = true
  end
  expire(key, ttl)
end
if isNew then
  refresh(component, sets, last)
  redis.call('PERSIST', component)
end
expire(component, ttl)
for _, set in ipairs(sets) do expire(set, ttl) end
`;

/** Time for which the keys of a retired instance or component are kept, in seconds. */
export const retiredSeconds = 86_400;

/**
 * KEYS: a component, an instance. ARGV: ttl, name, version, instance, state, time of the event, its id,
 * and whether old events are read again. Then what is retired is removed at once.
 */
const state = `${componentState}
local component, instance, sets = KEYS[1], KEYS[2], setsOf(KEYS[1])
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
local isRetired, isEmpty = state == 'retired', refresh(component, sets, at) == 'retired'
keep(instance, isRetired)
keep(component, isEmpty)
if ARGV[8] == '1' and isRetired then redis.call('DEL', instance) end
if ARGV[8] == '1' and isEmpty then redis.call('DEL', component) end
`;

/** KEYS: component. ARGV: ttl, name, version, health. */
const health = `
redis.call('HSET', KEYS[1], 'name', ARGV[2], 'version', ARGV[3], 'health', ARGV[4])
if tonumber(ARGV[1]) > 0 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
`;

/** KEYS: keys of the subscriber. ARGV: ttl, then the time of each. */
const newest = `
for index, key in ipairs(KEYS) do
  local time, known = ARGV[index + 1], redis.call('GET', key)
  if not known or known <= time then
    redis.call('SET', key, time)
    if tonumber(ARGV[1]) > 0 then redis.call('EXPIRE', key, ARGV[1]) end
  end
end
`;

export const scripts = { heartbeats, state, health, newest } as const;
export type ScriptName = keyof typeof scripts;
