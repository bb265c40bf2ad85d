// What all scripts of durable queues begin with: the state of a queue, its entries, and its cursor.
#pragma once

namespace troupe::persistence {

// Fields of the state: owner's epoch, incarnation and instance; last number and its ms; cursor and
// its ms; number and count of the attempts; settle number; bytes stored and waiting; paused;
// settled, dead, expired, purged; letters kept, and the id of the last one; who claimed last, and
// the number of that claim.
inline constexpr const char* queue_prelude = R"lua(
local STREAM, META, PRODUCERS, LETTERS, INDEX, WAKE =
    KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local NAME = ARGV[1]
local FIELDS = {'e', 'i', 's', 'n', 't', 'c', 'u', 'an', 'ac', 'w', 'b', 'y', 'z', 'h', 'dd',
                'x', 'g', 'l', 'li', 'cq', 'cn'}
local function digits(number) return string.format('%.0f', number) end
local function load(meta)
  local state = {}
  for k, value in ipairs(redis.call('HMGET', meta, unpack(FIELDS))) do
    local field = FIELDS[k]
    if field == 'i' or field == 's' or field == 'cq' then
      state[field] = value or '0'
    else
      state[field] = tonumber(value or '0')
    end
  end
  return state
end
local function pack(state)
  local values = {}
  for k, field in ipairs(FIELDS) do
    local value = state[field]
    values[k] = type(value) == 'string' and value or digits(value)
  end
  return values
end
local function save(state)
  local arguments = {}
  for k, value in ipairs(pack(state)) do
    arguments[2 * k - 1] = FIELDS[k]
    arguments[2 * k] = value
  end
  redis.call('HSET', META, unpack(arguments))
  redis.call('ZADD', INDEX, 0, NAME)
end
local function owner_of(state) return digits(state.e) .. ':' .. state.i .. ':' .. state.s end
local function wake(state)
  if state.i ~= '0' then redis.call('XADD', WAKE, 'MAXLEN', '~', 10000, '*', 'q', NAME) end
end
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function fields_of(item)
  local found = {first = tonumber(string.match(item[1], '^%d+'))}
  for k = 1, #item[2], 2 do found[item[2][k]] = item[2][k + 1] end
  return found
end
local function entry_with(number)
  local item = redis.call('XREVRANGE', STREAM, digits(number) .. '-0', '-', 'COUNT', 1)[1]
  return item and fields_of(item)
end
local function size_of(entry, k) return struct.unpack('<I4', entry.z, 4 * k - 3) end
local function bytes_through(entry, number)
  local bytes = 0
  local count = math.min(number - entry.first + 1, #entry.z / 4)
  for k = 1, count do bytes = bytes + size_of(entry, k) end
  return bytes
end
-- Removes what is up to `through`, which is after the cursor.
local function pass(state, through)
  local bytes, ms = state.y, state.t
  if through == state.n then
    redis.call('UNLINK', STREAM)
  else
    local entry = entry_with(through)
    bytes, ms = 0, state.u
    if entry then
      bytes = tonumber(entry.f) + bytes_through(entry, through) - (state.b - state.y)
      ms = tonumber(entry.t)
      local kept = entry.first
      if through >= entry.first + #entry.z / 4 - 1 then kept = through + 1 end
      redis.call('XTRIM', STREAM, 'MINID', '=', digits(kept) .. '-0')
    end
  end
  state.c, state.u, state.y = through, ms, state.y - math.max(bytes, 0)
  if state.an <= through then state.an, state.ac = 0, 0 end
end
)lua";

}  // namespace troupe::persistence
