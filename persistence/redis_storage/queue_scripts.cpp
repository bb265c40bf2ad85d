#include <troupe/persistence/redis_storage/queue_scripts.hpp>

#include <string>

namespace troupe::persistence {
namespace {

// The first line says what the script may do: Redis refuses one without allow-oom when its memory
// is used up, before it has begun.
constexpr const char* reads = "#!lua flags=no-writes\n";
constexpr const char* adding = "#!lua\n";
constexpr const char* gives_back = "#!lua flags=allow-oom\n";

// Fields of the state: owner's epoch, incarnation and instance; last number and its ms; cursor and
// its ms; number and count of the attempts; settle number; bytes stored and waiting; paused;
// settled, dead, expired, purged; letters kept, and the id of the last one.
constexpr const char* queue_prelude = R"lua(
local STREAM, META, PRODUCERS, LETTERS, INDEX, WAKE =
    KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local NAME = ARGV[1]
local FIELDS = {'e', 'i', 's', 'n', 't', 'c', 'u', 'an', 'ac', 'w', 'b', 'y', 'z', 'h', 'dd',
                'x', 'g', 'l', 'li'}
local function digits(number) return string.format('%.0f', number) end
local function load(meta)
  local state = {}
  for k, value in ipairs(redis.call('HMGET', meta, unpack(FIELDS))) do
    local field = FIELDS[k]
    if field == 'i' or field == 's' then
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
)lua";

// ARGV: name, incarnation, instance, gone, what the keys of leases begin with, a lease's ms. That
// of an owner is in no slot of the queue's: which one it is, the queue says.
constexpr const char* claim_queue = R"lua(
local state = load(META)
local incarnation, instance, gone, lease = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local owner = digits(state.e) .. ':' .. state.i .. ':' .. state.s
if state.i ~= '0' and state.i ~= incarnation and owner ~= gone then
  local left = redis.call('PTTL', lease .. state.i)
  if left > 0 then return {'owned', pack(state), digits(left)} end
end
redis.call('SET', lease .. incarnation, '1', 'PX', ARGV[6])
local before = digits(state.w)
state.e, state.i, state.s, state.w = state.e + 1, incarnation, instance, 0
save(state)
return {'stored', pack(state), before}
)lua";

// ARGV: name, producer, batch, messages_max, bytes_max, '' where another than the owner's node does
// it, producers_max, then pairs of sizes and records.
constexpr const char* append_queue = R"lua(
local seen = redis.call('HGET', PRODUCERS, ARGV[2])
local batch = tonumber(ARGV[3])
if seen then
  local last, taken, first, ms = string.match(seen, '^(%d+) (%d+) (%d+) (%d+)$')
  if tonumber(last) == batch then return {'again', taken, first, ms} end
  if tonumber(last) > batch then return {'old', last} end
end
local state = load(META)
local messages_max, bytes_max = tonumber(ARGV[4]), tonumber(ARGV[5])
local waiting = state.n - state.c
local ms = math.max(state.t, now())
local first, added = state.n + 1, 0
local function fits(taken, size)
  if messages_max > 0 and waiting + taken >= messages_max then return false end
  if bytes_max > 0 and state.y + added + size > bytes_max then return taken + waiting == 0 end
  return true
end
for k = 8, #ARGV, 2 do
  local entry = {z = ARGV[k], r = ARGV[k + 1]}
  local count, before = 0, added
  while count < #entry.z / 4 do
    local size = size_of(entry, count + 1)
    if not fits(state.n - first + 1 + count, size) then break end
    count, added = count + 1, added + size
  end
  if count > 0 then
    redis.call('XADD', STREAM, digits(state.n + 1) .. '-0', 't', digits(ms),
               'f', digits(state.b + before), 'h', '', 'z', string.sub(entry.z, 1, 4 * count),
               'r', string.sub(entry.r, 1, added - before))
    state.n = state.n + count
  end
  if count < #entry.z / 4 then break end
end
local taken = state.n - first + 1
if taken == 0 then return {'full', digits(waiting), digits(state.y)} end
state.t, state.b, state.y = ms, state.b + added, state.y + added
save(state)
redis.call('HSET', PRODUCERS, ARGV[2],
           ARGV[3] .. ' ' .. digits(taken) .. ' ' .. digits(first) .. ' ' .. digits(ms))
local forgotten = 0
if redis.call('HLEN', PRODUCERS) > tonumber(ARGV[7]) then
  local all, oldest, least = redis.call('HGETALL', PRODUCERS), nil, nil
  for k = 1, #all, 2 do
    local number = tonumber(string.match(all[k + 1], '^%d+ %d+ (%d+)'))
    if not least or number < least then oldest, least = all[k], number end
  end
  forgotten = redis.call('HDEL', PRODUCERS, oldest)
end
if ARGV[6] == '' and state.i ~= '0' then
  redis.call('XADD', WAKE, 'MAXLEN', '~', 10000, '*', 'q', NAME)
end
return {'stored', digits(taken), digits(first), digits(ms), state.i, forgotten}
)lua";

constexpr const char* known_queue = R"lua(
local seen = redis.call('HGET', PRODUCERS, ARGV[2])
if seen then
  local last, taken, first, ms = string.match(seen, '^(%d+) (%d+) (%d+) (%d+)$')
  if last == ARGV[3] then return {'again', taken, first, ms} end
end
return {'no'}
)lua";

// ARGV: name, after, messages_max, bytes_max. Entries whole; who asks leaves out what is before.
constexpr const char* read_queue = R"lua(
local state = load(META)
local number = math.max(tonumber(ARGV[2]), state.c) + 1
local entry = entry_with(number)
local found, count, bytes = {}, 0, 0
local from = digits(entry and entry.first or number) .. '-0'
while count < tonumber(ARGV[3]) and bytes < tonumber(ARGV[4]) do
  local items = redis.call('XRANGE', STREAM, from, '+', 'COUNT', 8)
  for _, item in ipairs(items) do
    local one = fields_of(item)
    found[#found + 1] = {digits(one.first), one.t, one.z, one.h, one.r}
    count = count + one.first + #one.z / 4 - math.max(one.first, number)
    bytes = bytes + #one.r
    from = '(' .. item[1]
    if count >= tonumber(ARGV[3]) or bytes >= tonumber(ARGV[4]) then break end
  end
  if #items < 8 then break end
end
return {'stored', pack(state), digits(number), found}
)lua";

// ARGV: name, token's three, number, through, attempts' two, letters_max, whether it releases, how
// many are dead, for each of these number, attempts, error, error escaped; then the numbers of what
// has expired.
constexpr const char* settle_queue = R"lua(
local state = load(META)
local token = ARGV[2] .. ':' .. ARGV[3] .. ':' .. ARGV[4]
if state.i == '0' or digits(state.e) .. ':' .. state.i .. ':' .. state.s ~= token then
  return {'fenced', pack(state)}
end
local number, through = tonumber(ARGV[5]), tonumber(ARGV[6])
if number <= state.w then return {'again', pack(state)} end
if through > state.n then return {'behind', pack(state)} end
state.w, state.an, state.ac = number, tonumber(ARGV[7]), tonumber(ARGV[8])
if ARGV[10] == '1' then state.i, state.s = '0', '0' end
local forgotten = 0
if through > state.c then
  local dead, expired, at = 0, 0, digits(now())
  local last_death = 11 + 4 * tonumber(ARGV[11])
  for k = 12, last_death, 4 do
    local who = tonumber(ARGV[k])
    local entry = who > state.c and entry_with(who)
    if entry then
      local begin = bytes_through(entry, who - 1)
      dead, state.li = dead + 1, state.li + 1
      redis.call('XADD', LETTERS, digits(state.li) .. '-0', 't', entry.t, 'n', ARGV[k], 'd', at,
                 'a', ARGV[k + 1], 'e', ARGV[k + 2], 'p', ARGV[k + 3], 'h', entry.h,
                 'r', string.sub(entry.r, begin + 1, bytes_through(entry, who)))
    end
  end
  for k = last_death + 1, #ARGV do
    if tonumber(ARGV[k]) > state.c then expired = expired + 1 end
  end
  local bytes, ms = state.y, state.t
  if through == state.n then
    redis.call('DEL', STREAM)
  else
    local entry = entry_with(through)
    bytes = tonumber(entry.f) + bytes_through(entry, through) - (state.b - state.y)
    ms = tonumber(entry.t)
    local kept = entry.first
    if through >= entry.first + #entry.z / 4 - 1 then kept = through + 1 end
    redis.call('XTRIM', STREAM, 'MINID', '=', digits(kept) .. '-0')
  end
  state.h = state.h + through - state.c - dead - expired
  state.dd, state.x, state.l = state.dd + dead, state.x + expired, state.l + dead
  state.c, state.u, state.y = through, ms, state.y - bytes
  if state.an <= through then state.an, state.ac = 0, 0 end
  if state.l > tonumber(ARGV[9]) then
    forgotten = redis.call('XTRIM', LETTERS, 'MAXLEN', '=', ARGV[9])
    state.l = state.l - forgotten
  end
end
save(state)
return {'stored', pack(state), forgotten}
)lua";

constexpr const char* control_queue = R"lua(
local state = load(META)
local purged = 0
if ARGV[2] == 'pause' then state.z = 1 end
if ARGV[2] == 'resume' then state.z = 0 end
if ARGV[2] == 'purge' then
  redis.call('DEL', STREAM)
  purged = state.n - state.c
  state.g, state.y, state.c, state.u = state.g + purged, 0, state.n, state.t
  if state.an <= state.c then state.an, state.ac = 0, 0 end
end
save(state)
return {'stored', digits(purged)}
)lua";

constexpr const char* show_queue = R"lua(
if redis.call('EXISTS', META) == 0 then return {'none'} end
return {'stored', pack(load(META))}
)lua";

// ARGV: what the keys of states begin with, after, how many.
constexpr const char* list_queue = R"lua(
local from = ARGV[2] == '' and '-' or '(' .. ARGV[2]
local names = redis.call('ZRANGEBYLEX', INDEX, from, '+', 'LIMIT', 0, ARGV[3])
local found = {}
for k, name in ipairs(names) do found[k] = {name, pack(load(ARGV[1] .. name))} end
return {'stored', found}
)lua";

// ARGV: name, after, letters_max, bytes_max.
constexpr const char* letters_queue = R"lua(
local found, bytes, ended = {}, 0, 1
for _, item in ipairs(redis.call('XRANGE', LETTERS, '(' .. ARGV[2] .. '-0', '+', 'COUNT',
                                 ARGV[3] + 1)) do
  local one = fields_of(item)
  bytes = bytes + #one.r
  if #found >= tonumber(ARGV[3]) or (bytes > tonumber(ARGV[4]) and #found > 0) then
    ended = 0
    break
  end
  found[#found + 1] = {digits(one.first), one.t, one.n, one.d, one.a, one.e, one.h, one.r}
end
return {'stored', found, ended}
)lua";

// ARGV: name, 'drop' or 'replay', first, last, how many, deaths_max. The line of a history is made
// here as add_death() makes it; the error comes escaped from whoever settles.
constexpr const char* handle_letters_queue = R"lua(
local state = load(META)
local handled, next_id, ms = 0, 0, math.max(state.t, now())
for _, item in ipairs(redis.call('XRANGE', LETTERS, ARGV[3] .. '-0', ARGV[4] .. '-0', 'COUNT',
                                 ARGV[5] + 1)) do
  local one = fields_of(item)
  if handled == tonumber(ARGV[5]) then
    next_id = one.first
    break
  end
  if ARGV[2] == 'replay' then
    local history = one.h .. one.d .. ' ' .. one.a .. ' ' .. one.p .. '\n'
    local _, lines = string.gsub(history, '\n', '')
    for _ = tonumber(ARGV[6]) + 1, lines do history = string.match(history, '^[^\n]*\n(.*)$') end
    redis.call('XADD', STREAM, digits(state.n + 1) .. '-0', 't', digits(ms), 'f', digits(state.b),
               'h', history, 'z', struct.pack('<I4', #one.r), 'r', one.r)
    state.n, state.t, state.b, state.y = state.n + 1, ms, state.b + #one.r, state.y + #one.r
  end
  redis.call('XDEL', LETTERS, item[1])
  state.l, handled = state.l - 1, handled + 1
end
if handled > 0 then save(state) end
return {'stored', digits(handled), digits(next_id)}
)lua";

redis::Script queue_script(const char* flags, const char* body) {
  return redis::Script(std::string(flags) + queue_prelude + body);
}

}  // namespace

QueueScripts::QueueScripts()
    : claim(queue_script(gives_back, claim_queue)),
      append(queue_script(adding, append_queue)),
      known(queue_script(reads, known_queue)),
      read(queue_script(reads, read_queue)),
      settle(queue_script(gives_back, settle_queue)),
      control(queue_script(gives_back, control_queue)),
      show(queue_script(reads, show_queue)),
      list(queue_script(reads, list_queue)),
      letters(queue_script(reads, letters_queue)),
      handle_letters(queue_script(gives_back, handle_letters_queue)) {}

std::vector<redis::Script> QueueScripts::all() const {
  return {claim, append, known, read, settle, control, show, list, letters, handle_letters};
}

const QueueScripts& queue_scripts() {
  static const QueueScripts scripts;
  return scripts;
}

}  // namespace troupe::persistence
