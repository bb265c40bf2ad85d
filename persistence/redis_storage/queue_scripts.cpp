#include <troupe/persistence/redis_storage/queue_scripts.hpp>

#include <string>
#include <troupe/persistence/redis_storage/queue_prelude.hpp>

namespace troupe::persistence {
namespace {

// The first line says what the script may do: Redis refuses one without allow-oom when its memory
// is used up, before it has begun.
constexpr const char* reads = "#!lua flags=no-writes\n";
constexpr const char* adding = "#!lua\n";
constexpr const char* gives_back = "#!lua flags=allow-oom\n";

// ARGV: name, incarnation, instance, the token of who is gone, who claims, and how many claims that
// one has made before: one that comes after a later one, on a connection that hung, takes nothing;
// what the keys of leases begin with, a lease's ms. An owner's lease is in no slot of the queue's:
// which one it is, the queue says.
constexpr const char* claim_queue = R"lua(
local state = load(META)
local incarnation, instance, gone, lease = ARGV[2], ARGV[3], ARGV[4], ARGV[7]
if state.cq == ARGV[5] and tonumber(ARGV[6]) <= state.cn then return {'late', pack(state), '0'} end
if state.i ~= '0' and state.i ~= incarnation and owner_of(state) ~= gone then
  local left = redis.call('PTTL', lease .. state.i)
  if left > 0 then return {'owned', pack(state), digits(left)} end
end
redis.call('SET', lease .. incarnation, '1', 'PX', ARGV[8])
local before = digits(state.w)
state.cq, state.cn = ARGV[5], tonumber(ARGV[6])
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
  if tonumber(last) == batch then
    -- The first time nobody may have been woken.
    if ARGV[6] == '' then wake(load(META)) end
    return {'again', taken, first, ms}
  end
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
if ARGV[6] == '' then wake(state) end
return {'stored', digits(taken), digits(first), digits(ms), state.i, digits(forgotten)}
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
if state.i == '0' or owner_of(state) ~= token then
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
  state.h = state.h + through - state.c - dead - expired
  state.dd, state.x, state.l = state.dd + dead, state.x + expired, state.l + dead
  pass(state, through)
  if state.l > tonumber(ARGV[9]) then
    forgotten = redis.call('XTRIM', LETTERS, 'MAXLEN', '=', ARGV[9])
    state.l = state.l - forgotten
  end
end
save(state)
return {'stored', pack(state), digits(forgotten)}
)lua";

constexpr const char* control_queue = R"lua(
local state = load(META)
local purged = 0
if ARGV[2] == 'pause' then state.z = 1 end
if ARGV[2] == 'resume' then state.z = 0 end
if ARGV[2] == 'purge' then
  redis.call('UNLINK', STREAM)
  purged = state.n - state.c
  state.g, state.y, state.c, state.u = state.g + purged, 0, state.n, state.t
  if state.an <= state.c then state.an, state.ac = 0, 0 end
end
save(state)
wake(state)
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
local found, bytes, ended, from = {}, 0, 1, '(' .. ARGV[2] .. '-0'
repeat
  local items = redis.call('XRANGE', LETTERS, from, '+', 'COUNT', 8)
  for _, item in ipairs(items) do
    local one = fields_of(item)
    bytes = bytes + #one.r
    if #found >= tonumber(ARGV[3]) or (bytes > tonumber(ARGV[4]) and #found > 0) then
      ended = 0
      break
    end
    found[#found + 1] = {digits(one.first), one.t, one.n, one.d, one.a, one.e, one.h, one.r}
    from = '(' .. item[1]
  end
until ended == 0 or #items < 8
return {'stored', found, ended}
)lua";

// ARGV: name, 'drop' or 'replay', first, last, how many, deaths_max, how many bytes. The line of a
// history is made here as add_death() makes it; the error comes escaped from whoever settles.
constexpr const char* handle_letters_queue = R"lua(
local state = load(META)
local handled, next_id, bytes, ms = 0, 0, 0, math.max(state.t, now())
local function replay(one)
  local history = one.h .. one.d .. ' ' .. one.a .. ' ' .. one.p .. '\n'
  local _, lines = string.gsub(history, '\n', '')
  for _ = tonumber(ARGV[6]) + 1, lines do history = string.match(history, '^[^\n]*\n(.*)$') end
  redis.call('XADD', STREAM, digits(state.n + 1) .. '-0', 't', digits(ms), 'f', digits(state.b),
             'h', history, 'z', struct.pack('<I4', #one.r), 'r', one.r)
  state.n, state.t, state.b, state.y = state.n + 1, ms, state.b + #one.r, state.y + #one.r
end
repeat
  local items = redis.call('XRANGE', LETTERS, ARGV[3] .. '-0', ARGV[4] .. '-0', 'COUNT', 8)
  for _, item in ipairs(items) do
    local one = fields_of(item)
    bytes = bytes + #one.r
    if handled == tonumber(ARGV[5]) or (handled > 0 and bytes > tonumber(ARGV[7])) then
      next_id = one.first
      break
    end
    if ARGV[2] == 'replay' then replay(one) end
    redis.call('XDEL', LETTERS, item[1])
    state.l, handled = state.l - 1, handled + 1
  end
until next_id ~= 0 or #items < 8
if handled > 0 then save(state) end
if handled > 0 and ARGV[2] == 'replay' then wake(state) end
return {'stored', digits(handled), digits(next_id)}
)lua";

// ARGV: name, the owner's token in three, through which it has settled, how many bytes at a time,
// where the step before has ended, or 0; then pairs of number and ms of messages that were known,
// in their order. Asked when the server was started anew or is another one: where the last of these
// is not there, it has lost the end of the queue, and what it has stored since has numbers that
// were given before. What is behind the last one that is there goes behind all of them.
constexpr const char* restore_queue = R"lua(
local state = load(META)
local epoch, settled, step = tonumber(ARGV[2]), tonumber(ARGV[5]), tonumber(ARGV[7])
local token = ARGV[2] .. ':' .. ARGV[3] .. ':' .. ARGV[4]
if state.e > epoch or (state.e == epoch and owner_of(state) ~= token) then
  return {'fenced', pack(state), '0'}
end
local told, told_ms = tonumber(ARGV[#ARGV - 1]), tonumber(ARGV[#ARGV])
local whole = state.c
for k = #ARGV - 1, 8, -2 do
  local number = tonumber(ARGV[k])
  if number <= whole then break end
  local entry = number <= state.n and entry_with(number)
  if entry and entry.first + #entry.z / 4 - 1 >= number and entry.t == ARGV[k + 1] then
    whole = number
    break
  end
end
local is_lost = told > whole or step > 0
local moved, bytes, more = 0, 0, 0
local ms = math.max(state.t, now(), told_ms)
local function move(item)
  local one = fields_of(item)
  local skipped, count = math.max(state.c - one.first + 1, 0), #one.z / 4
  if skipped >= count or (one.first <= whole and whole > state.c) then return end
  local begin = bytes_through(one, one.first + skipped - 1)
  local size = #one.r - begin
  redis.call('XADD', STREAM, digits(state.n + 1) .. '-0', 't', digits(ms), 'f', digits(state.b),
             'h', one.h, 'z', string.sub(one.z, 4 * skipped + 1),
             'r', string.sub(one.r, begin + 1))
  redis.call('XDEL', STREAM, item[1])
  state.n, state.b, state.y = state.n + count - skipped, state.b + size, state.y + size
  moved, bytes = moved + 1, bytes + #one.r
end
if is_lost then
  local last, before = step > 0 and step or state.n, state.n
  state.n, state.t = math.max(state.n, told), ms
  local holder = whole < last and entry_with(whole + 1)
  local from = digits(holder and holder.first or whole + 1) .. '-0'
  while from and whole < last do
    local items = redis.call('XRANGE', STREAM, from, digits(last) .. '-0', 'COUNT', 8)
    for _, item in ipairs(items) do
      move(item)
      from = '(' .. item[1]
    end
    if #items < 8 then break end
    if bytes >= tonumber(ARGV[6]) then
      more = last
      break
    end
  end
  -- Whoever waits for the last one that was lost finds an empty one in its place.
  if before < told and moved == 0 and step == 0 and settled < told then
    redis.call('XADD', STREAM, digits(told) .. '-0', 't', digits(ms), 'f', digits(state.b),
               'h', '', 'z', string.rep('\0', 4), 'r', '')
  end
end
if more == 0 and settled > state.c then
  state.h = state.h + settled - state.c
  pass(state, settled)
end
if state.e < epoch then
  state.e, state.i, state.s, state.w = epoch, ARGV[3], ARGV[4], 0
end
save(state)
return {is_lost and 'restored' or 'kept', pack(state), digits(more)}
)lua";

// ARGV: name, token or '' for none; then who drops it, and its number as of a claim.
constexpr const char* drop_queue = R"lua(
if redis.call('EXISTS', META) == 0 then return {'none'} end
local state = load(META)
if ARGV[2] ~= '' and (state.i == '0' or owner_of(state) ~= ARGV[2]) then
  return {'fenced', pack(state)}
end
if ARGV[2] == '' and state.cq == ARGV[3] and tonumber(ARGV[4]) <= state.cn then
  return {'late', pack(state)}
end
if state.n > state.c or state.l > 0 then return {'in use', pack(state)} end
redis.call('UNLINK', STREAM, META, PRODUCERS, LETTERS)
redis.call('ZREM', INDEX, NAME)
return {'stored', pack(state)}
)lua";

// ARGV: what the keys of states begin with, then pairs of names and the number of the last message
// that is known of each. Those that have more.
constexpr const char* news_queue = R"lua(
local found = {}
for k = 2, #ARGV, 2 do
  local last = redis.call('HGET', ARGV[1] .. ARGV[k], 'n')
  if last and tonumber(last) > tonumber(ARGV[k + 1]) then found[#found + 1] = ARGV[k] end
end
return {'stored', found}
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
      handle_letters(queue_script(gives_back, handle_letters_queue)),
      drop(queue_script(gives_back, drop_queue)),
      restore(queue_script(gives_back, restore_queue)),
      news(queue_script(reads, news_queue)) {}

std::vector<redis::Script> QueueScripts::all() const {
  return {claim, append,  known,          read, settle,  control, show,
          list,  letters, handle_letters, drop, restore, news};
}

const QueueScripts& queue_scripts() {
  static const QueueScripts scripts;
  return scripts;
}

}  // namespace troupe::persistence
