#include <troupe/persistence/redis_storage/journal_scripts.hpp>

#include <string>

namespace troupe::persistence {
namespace {

constexpr const char* may_read = "#!lua flags=no-writes\n";
constexpr const char* may_add = "#!lua\n";
constexpr const char* may_give_back = "#!lua flags=allow-oom\n";

// Fields of the state: owner's epoch, incarnation and instance; last number and the first that is
// kept; position that was applied; write number; what the snapshot goes up to; whether it is
// erased; who claimed or erased last, and the number of that.
constexpr const char* journal_prelude = R"lua(
local STREAM, META, SNAPSHOT, TAGGED, INDEX = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local NAME, BEGIN = ARGV[1], ARGV[2]
local FIELDS = {'e', 'i', 's', 'n', 'f', 'am', 'a', 'w', 'sn', 'x', 'cq', 'cn'}
local function digits(number) return string.format('%.0f', number) end
local function load(meta)
  local state = {}
  for k, value in ipairs(redis.call('HMGET', meta, unpack(FIELDS))) do
    local field = FIELDS[k]
    if field == 'i' or field == 's' or field == 'cq' then
      state[field] = value or '0'
    else
      state[field] = tonumber(value or (field == 'f' and '1' or '0'))
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
-- Of a claim, or an erasure by nobody, whether its sender has sent a later one.
local function is_late(state, sender, number)
  if state.cq == sender and tonumber(number) <= state.cn then return true end
  state.cq, state.cn = sender, tonumber(number)
  return false
end
local function owner_of(state) return digits(state.e) .. ':' .. state.i .. ':' .. state.s end
local function fields_of(item)
  local found = {first = tonumber(string.match(item[1], '^%d+'))}
  for k = 1, #item[2], 2 do found[item[2][k]] = item[2][k + 1] end
  return found
end
local function entry_with(stream, number)
  local item = redis.call('XREVRANGE', stream, digits(number) .. '-0', '-', 'COUNT', 1)[1]
  return item and fields_of(item)
end
local function size_of(entry, k) return struct.unpack('<I4', entry.z, 4 * k - 3) end
local function record_of(entry, number)
  local begin, index = 0, number - entry.first + 1
  for k = 1, index - 1 do begin = begin + size_of(entry, k) end
  return string.sub(entry.r, begin + 1, begin + size_of(entry, index))
end
local function remove_before(state, first)
  if first <= state.f then return end
  local gone = '(' .. digits(first)
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', TAGGED, '-inf', gone)) do
    local place, tag = string.match(member, '^(%d+) (.*)$')
    redis.call('XDEL', BEGIN .. 't:' .. tag, place .. '-0')
  end
  redis.call('ZREMRANGEBYSCORE', TAGGED, '-inf', gone)
  if first > state.n then
    redis.call('UNLINK', STREAM)
  else
    local entry = entry_with(STREAM, first)
    redis.call('XTRIM', STREAM, 'MINID', '=', digits(entry.first) .. '-0')
  end
  state.f = first
end
)lua";

// ARGV of all: key, what the keys of its bucket begin with.
// Of claim besides: incarnation, instance, the token of who is gone, who claims, the number of
// the claim, what the keys of leases begin with, and a lease's ms: see claim_queue.
constexpr const char* claim_text = R"lua(
local state = load(META)
if is_late(state, ARGV[6], ARGV[7]) then return {'late', pack(state), '0'} end
if state.i ~= '0' and state.i ~= ARGV[3] and owner_of(state) ~= ARGV[5] then
  local left = redis.call('PTTL', ARGV[8] .. state.i)
  if left > 0 then return {'owned', pack(state), digits(left)} end
end
redis.call('SET', ARGV[8] .. ARGV[3], '1', 'PX', ARGV[9])
local before = digits(state.w)
state.e, state.i, state.s, state.w = state.e + 1, ARGV[3], ARGV[4], 0
save(state)
return {'stored', pack(state), before}
)lua";

// ARGV: token, number, expected, events, applied position's two, keep_from, whether it releases,
// how many entries, pairs of sizes and records; then for each tag its name, how many events, and
// their places.
constexpr const char* append_text = R"lua(
local state = load(META)
if state.i == '0' or owner_of(state) ~= ARGV[3] then return {'fenced', pack(state)} end
if tonumber(ARGV[4]) <= state.w then return {'again', pack(state)} end
local gives_up = ARGV[10] == '1' and ARGV[6] == '0'
if tonumber(ARGV[5]) ~= state.n and not gives_up then return {'conflict', pack(state)} end
local events, before = tonumber(ARGV[6]), state.n
local k = 12
for _ = 1, tonumber(ARGV[11]) do
  redis.call('XADD', STREAM, digits(state.n + 1) .. '-0', 'z', ARGV[k], 'r', ARGV[k + 1])
  state.n = state.n + #ARGV[k] / 4
  k = k + 2
end
while k <= #ARGV do
  local tag, count = ARGV[k], tonumber(ARGV[k + 1])
  for i = 1, count do
    local number = digits(before + 1 + tonumber(ARGV[k + 1 + i]))
    local place = digits(redis.call('INCR', BEGIN .. 'l:' .. tag))
    redis.call('XADD', BEGIN .. 't:' .. tag, place .. '-0', 'k', NAME, 'n', number)
    redis.call('ZADD', TAGGED, number, place .. ' ' .. tag)
  end
  k = k + 2 + count
end
state.w = tonumber(ARGV[4])
if ARGV[7] ~= '0' or ARGV[8] ~= '0' then
  state.am, state.a = tonumber(ARGV[7]), tonumber(ARGV[8])
end
if events > 0 then state.x = 0 end
if ARGV[10] == '1' then state.i, state.s = '0', '0' end
remove_before(state, tonumber(ARGV[9]))
save(state)
return {'stored', pack(state)}
)lua";

// ARGV: token, number.
constexpr const char* known_text = R"lua(
local state = load(META)
if state.i == '0' or owner_of(state) ~= ARGV[3] then return {'fenced', pack(state)} end
if tonumber(ARGV[4]) <= state.w then return {'again', pack(state)} end
return {'no', pack(state)}
)lua";

// ARGV: first, events_max, bytes_max. Entries whole; who asks leaves out what is before.
constexpr const char* read_text = R"lua(
local state = load(META)
local number = math.max(tonumber(ARGV[3]), state.f)
local entry = entry_with(STREAM, number)
local found, count, bytes = {}, 0, 0
local from = digits(entry and entry.first or number) .. '-0'
while count < tonumber(ARGV[4]) and bytes < tonumber(ARGV[5]) do
  local items = redis.call('XRANGE', STREAM, from, '+', 'COUNT', 8)
  for _, item in ipairs(items) do
    local one = fields_of(item)
    found[#found + 1] = {digits(one.first), one.z, one.r}
    count = count + one.first + #one.z / 4 - math.max(one.first, number)
    bytes = bytes + #one.r
    from = '(' .. item[1]
    if count >= tonumber(ARGV[4]) or bytes >= tonumber(ARGV[5]) then break end
  end
  if #items < 8 then break end
end
return {'stored', pack(state), digits(number), found}
)lua";

// ARGV: tag, what keys begin with, after, events_max, bytes_max, '1' where one is read in any case.
constexpr const char* read_tag_text = R"lua(
local last = redis.call('GET', BEGIN .. 'l:' .. NAME) or '0'
if tonumber(ARGV[3]) > tonumber(last) then return {'behind'} end
local found, bytes, through, ended = {}, 0, ARGV[3], 1
for _, item in ipairs(redis.call('XRANGE', BEGIN .. 't:' .. NAME, '(' .. ARGV[3] .. '-0', '+',
                                 'COUNT', ARGV[4] + 1)) do
  local one = fields_of(item)
  local number = tonumber(one.n)
  local record = record_of(entry_with(BEGIN .. 'j:' .. one.k, number), number)
  bytes = bytes + #record
  local is_first = #found == 0 and ARGV[6] == '1'
  if #found >= tonumber(ARGV[4]) or (bytes > tonumber(ARGV[5]) and not is_first) then
    ended = 0
    break
  end
  found[#found + 1] = {one.k, one.n, record}
  through = digits(one.first)
end
return {'stored', found, ended == 1 and last or through, ended}
)lua";

// ARGV: token, or '' for none; then who erases, and its number.
constexpr const char* erase_text = R"lua(
if redis.call('EXISTS', META) == 0 then return {'none'} end
local state = load(META)
if ARGV[3] ~= '' and (state.i == '0' or owner_of(state) ~= ARGV[3]) then
  return {'fenced', pack(state)}
end
if ARGV[3] == '' and is_late(state, ARGV[4], ARGV[5]) then return {'late', pack(state)} end
local erased = state.n + 1 - state.f
remove_before(state, state.n + 1)
redis.call('UNLINK', SNAPSHOT)
if ARGV[3] == '' then state.e, state.i, state.s = state.e + 1, '0', '0' end
state.sn, state.x = 0, 1
save(state)
return {'stored', digits(erased)}
)lua";

// ARGV: what the keys of states begin with, after, how many.
constexpr const char* list_text = R"lua(
local from = ARGV[2] == '' and '-' or '(' .. ARGV[2]
local found = {}
for k, key in ipairs(redis.call('ZRANGEBYLEX', INDEX, from, '+', 'LIMIT', 0, ARGV[3])) do
  found[k] = {key, pack(load(ARGV[1] .. key))}
end
return {'stored', found}
)lua";

// ARGV: token, number, keep_from, record.
constexpr const char* save_text = R"lua(
local state = load(META)
if state.i == '0' or owner_of(state) ~= ARGV[3] then return {'fenced', pack(state)} end
local number = tonumber(ARGV[4])
if number > state.n then return {'conflict', pack(state)} end
if number < state.sn then return {'older', pack(state)} end
redis.call('HSET', SNAPSHOT, 'r', ARGV[6])
state.sn = number
remove_before(state, tonumber(ARGV[5]))
save(state)
return {'stored', pack(state)}
)lua";

constexpr const char* load_text = R"lua(
return {'stored', digits(load(META).sn), redis.call('HGET', SNAPSHOT, 'r') or ''}
)lua";

redis::Script journal_script(const char* flags, const char* body) {
  return redis::Script(std::string(flags) + journal_prelude + body);
}

}  // namespace

JournalScripts::JournalScripts()
    : claim(journal_script(may_give_back, claim_text)),
      append(journal_script(may_add, append_text)),
      known(journal_script(may_read, known_text)),
      read(journal_script(may_read, read_text)),
      read_tag(journal_script(may_read, read_tag_text)),
      erase(journal_script(may_give_back, erase_text)),
      list(journal_script(may_read, list_text)),
      save(journal_script(may_add, save_text)),
      load(journal_script(may_read, load_text)) {}

std::vector<redis::Script> JournalScripts::all() const {
  return {claim, append, known, read, read_tag, erase, list, save, load};
}

const JournalScripts& journal_scripts() {
  static const JournalScripts scripts;
  return scripts;
}

}  // namespace troupe::persistence
