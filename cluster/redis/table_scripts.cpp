#include <troupe/cluster/redis/table_scripts.hpp>

#include <array>

namespace troupe::cluster {
namespace {

// What all scripts begin with. ARGV begins with generation, since, floor and actor for each.
constexpr const char* prelude = R"lua(
local CLUSTER, ROWS, LOG, LEASES, VOTES, GRAVES =
    KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local GENERATION, SINCE, FLOOR, ACTOR = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local RANK, CAUSE, REFUTATION, UP_NUMBER, META_NUMBER, META, VERSION = 1, 2, 3, 4, 5, 6, 7
local JOINING, UP, LEAVING, EXITING, DOWN, REMOVED = 0, 1, 2, 3, 4, 5
local PAGE = 100

local function digits(number) return string.format('%.0f', number) end
local function field(name) return redis.call('HGET', CLUSTER, name) end
local function number(name) return tonumber(field(name) or '0') end

local function is_there()
  local rows, logged = redis.call('HLEN', ROWS), redis.call('ZCARD', LOG)
  redis.call('HLEN', LEASES)
  redis.call('HLEN', VOTES)
  local is_whole = rows == logged and redis.call('ZCARD', GRAVES) == number('buried')
  return redis.call('HEXISTS', CLUSTER, 'generation') == 1 and is_whole and rows > 0
end

local function begin(cluster, generation)
  for _, key in ipairs(KEYS) do redis.call('DEL', key) end
  redis.call('HSET', CLUSTER, 'generation', generation)
  redis.call('HSET', CLUSTER, 'number', cluster)
end

local function row_of(key)
  local packed = redis.call('HGET', ROWS, key)
  return packed and cmsgpack.unpack(packed)
end

local function put(key, row)
  row[VERSION] = redis.call('HINCRBY', CLUSTER, 'version', 1)
  redis.call('HSET', ROWS, key, cmsgpack.pack(row))
  redis.call('ZADD', LOG, digits(row[VERSION]), key)
end

local function end_life(key, row, rank, cause, graves_max)
  row[RANK], row[CAUSE] = rank, math.max(row[CAUSE], cause)
  if rank == REMOVED then row[META] = '' end
  put(key, row)
  redis.call('HDEL', VOTES, key)
  if rank < REMOVED then return end
  redis.call('HDEL', LEASES, key)
  redis.call('ZADD', GRAVES, digits(row[VERSION]), key)
  while redis.call('ZCARD', GRAVES) > graves_max do
    local oldest = redis.call('ZRANGE', GRAVES, 0, 0, 'WITHSCORES')
    redis.call('ZREM', GRAVES, oldest[1])
    redis.call('ZREM', LOG, oldest[1])
    redis.call('HDEL', ROWS, oldest[1])
    redis.call('HSET', CLUSTER, 'floor', oldest[2])
  end
  redis.call('HSET', CLUSTER, 'buried', redis.call('ZCARD', GRAVES))
end

-- So that a request that changes nothing is written as well: WAIT is for what its connection wrote.
local function note_request() redis.call('HSET', CLUSTER, 'actor', ACTOR) end

local function answer(status)
  local version, floor, since, anew = number('version'), number('floor'), SINCE, 0
  if since > version or (since < floor and floor ~= FLOOR) then since, anew = 0, 1 end
  local found = redis.call('ZRANGEBYSCORE', LOG, '(' .. digits(since), '+inf',
                           'WITHSCORES', 'LIMIT', 0, PAGE + 1)
  local rows = {}
  for i = 1, math.min(#found, 2 * PAGE), 2 do
    rows[#rows + 1] = found[i]
    rows[#rows + 1] = redis.call('HGET', ROWS, found[i])
  end
  local more = #found > 2 * PAGE and 1 or 0
  return {status, field('generation'), field('number'), version, floor, anew, more,
          number('renewals'), rows}
end

local function nothing(status)
  if status == 'absent' then return {status, '0', '0', 0, 0, 0, 0, 0, {}} end
  return {status, field('generation'), field('number'), 0, 0, 0, 0, 0, {}}
end
)lua";

constexpr const char* of_a_generation = R"lua(
if not is_there() then return nothing('absent') end
if field('generation') ~= GENERATION then return nothing('generation') end
)lua";

constexpr const char* of_a_member = R"lua(
local mine = row_of(ACTOR)
if not mine then return answer('unknown') end
if mine[RANK] >= DOWN then return answer('down') end
note_request()
)lua";

constexpr const char* join_script = R"lua(
local cluster, generation = ARGV[6], ARGV[7]
local members_max, quorum_max, idle_at = tonumber(ARGV[8]), tonumber(ARGV[9]), ARGV[10]
local was_there = is_there()

local function is_full(members)
  return members >= members_max or (quorum_max > 0 and members >= quorum_max)
end

-- Who exits or is down has made room: it owns nothing any more, or will not when the newcomer may.
local function is_full_of_members()
  local is_idle = field('generation') == GENERATION and idle_at == digits(number('renewals'))
  local all, idle, members = redis.call('HGETALL', ROWS), {}, 0
  for i = 1, #all, 2 do
    local rank = cmsgpack.unpack(all[i + 1])[RANK]
    if rank <= EXITING and is_idle then
      idle[#idle + 1] = all[i]
    elseif rank <= LEAVING then
      members = members + 1
    end
  end
  table.sort(idle)
  for _, key in ipairs(idle) do end_life(key, row_of(key), DOWN, 1, 0) end
  return is_full(members)
end

local known = was_there and row_of(ACTOR)
if known then note_request() end
if known then return answer(known[RANK] >= DOWN and 'down' or 'done') end
if was_there then
  note_request()
  local rows = redis.call('HLEN', ROWS) - redis.call('ZCARD', GRAVES)
  if is_full(rows) and is_full_of_members() then return answer('full') end
else
  begin(cluster, generation)
end
local row = cmsgpack.unpack(ARGV[5])
row[RANK], row[CAUSE], row[UP_NUMBER] = JOINING, 0, 0
put(ACTOR, row)
redis.call('HSET', LEASES, ACTOR, digits(number('renewals')))
return answer('done')
)lua";

constexpr const char* change_script = R"lua(
local wanted = cmsgpack.unpack(ARGV[5])
local changes = false
if wanted[RANK] > mine[RANK] and wanted[RANK] <= EXITING then
  if wanted[RANK] == UP then mine[UP_NUMBER] = redis.call('HINCRBY', CLUSTER, 'ups', 1) end
  mine[RANK] = wanted[RANK]
  changes = true
end
if wanted[REFUTATION] > mine[REFUTATION] then
  mine[REFUTATION] = wanted[REFUTATION]
  changes = true
end
if wanted[META_NUMBER] > mine[META_NUMBER] then
  mine[META_NUMBER], mine[META] = wanted[META_NUMBER], wanted[META]
  changes = true
end
if changes then put(ACTOR, mine) end
return answer('done')
)lua";

constexpr const char* renew_script = R"lua(
redis.call('HSET', LEASES, ACTOR, digits(redis.call('HINCRBY', CLUSTER, 'renewals', 1)))
return answer('done')
)lua";

constexpr const char* vote_script = R"lua(
local key, refutation, accuses = ARGV[5], tonumber(ARGV[6]), ARGV[7] == '1'
local subject = row_of(key)
if not subject or key == ACTOR then return answer('refused') end
if subject[RANK] >= DOWN then return answer('done') end
if mine[RANK] ~= UP then return answer('refused') end

local renewals, living, up = number('renewals'), 0, {}
for _, voter in ipairs(redis.call('HKEYS', LEASES)) do
  local row = row_of(voter)
  if row and row[RANK] <= EXITING then living = living + 1 end
  if row and row[RANK] == UP then up[voter] = true end
end
local function is_fresh(voter)
  local lease = redis.call('HGET', LEASES, voter)
  return lease and renewals - tonumber(lease) <= 3 * living
end
if not is_fresh(ACTOR) or refutation < subject[REFUTATION] then return answer('stale') end

local packed = redis.call('HGET', VOTES, key)
local old, votes, voters = packed and cmsgpack.unpack(packed) or {}, {}, 0
if accuses then
  old[#old + 1], old[#old + 2], old[#old + 3] = ACTOR, refutation, renewals
end
for i = 1, #old, 3 do
  local voter, known, at = old[i], old[i + 1], old[i + 2]
  local is_last = voter ~= ACTOR or (accuses and i + 3 > #old)
  if is_last and known >= subject[REFUTATION] and renewals - at <= 3 * living then
    votes[#votes + 1], votes[#votes + 2], votes[#votes + 3] = voter, known, at
    if up[voter] and is_fresh(voter) then voters = voters + 1 end
  end
end
local others = 0
for voter in pairs(up) do
  if voter ~= key and is_fresh(voter) then others = others + 1 end
end
local is_older = subject[UP_NUMBER] == 0 or mine[UP_NUMBER] < subject[UP_NUMBER]
local is_alone = others < 2 and (is_older or not is_fresh(key))
if accuses and (voters >= 2 or (is_alone and voters == 1)) then
  end_life(key, subject, DOWN, 1, 0)
elseif #votes > 0 then
  redis.call('HSET', VOTES, key, cmsgpack.pack(votes))
else
  redis.call('HDEL', VOTES, key)
end
return answer('done')
)lua";

constexpr const char* down_script = R"lua(
local subject = row_of(ARGV[5])
if not subject then return answer('refused') end
if subject[RANK] < DOWN then end_life(ARGV[5], subject, DOWN, 1, 0) end
return answer('done')
)lua";

constexpr const char* remove_script = R"lua(
local key, version, graves_max = ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7])
local subject = row_of(key)
if not subject or subject[RANK] == REMOVED then return answer('done') end
if key == ACTOR or subject[RANK] < EXITING then return answer('refused') end
if subject[VERSION] ~= version then return answer('stale') end
end_life(key, subject, REMOVED, 0, graves_max)
return answer('done')
)lua";

constexpr const char* merge_script = R"lua(
local cluster, generation, seen = ARGV[5], ARGV[6], tonumber(ARGV[7])
local graves_max = tonumber(ARGV[8])
local was_there = is_there()
local is_other = was_there and field('number') ~= cluster
-- Whether it lacked what the caller knows: then the others may know of more that it lacks.
local has_lost = was_there and not is_other and number('version') < seen
if not was_there or (is_other and seen > number('version')) then
  begin(cluster, generation)
elseif is_other then
  return nothing('cluster')
end
redis.call('HSET', CLUSTER, 'version', digits(math.max(number('version'), seen) + 1))
for i = 9, #ARGV, 2 do
  local key, theirs = ARGV[i], cmsgpack.unpack(ARGV[i + 1])
  local row = row_of(key)
  local changes = not row
  if not row then
    row = theirs
  else
    for _, part in ipairs({RANK, CAUSE, REFUTATION}) do
      if theirs[part] > row[part] then row[part], changes = theirs[part], true end
    end
    local up_number = theirs[UP_NUMBER]
    if up_number > 0 and (row[UP_NUMBER] == 0 or up_number < row[UP_NUMBER]) then
      row[UP_NUMBER], changes = up_number, true
    end
    if theirs[META_NUMBER] > row[META_NUMBER] then
      row[META_NUMBER], row[META], changes = theirs[META_NUMBER], theirs[META], true
    end
  end
  if row[UP_NUMBER] > number('ups') then
    redis.call('HSET', CLUSTER, 'ups', digits(row[UP_NUMBER]))
  end
  if changes and row[RANK] >= DOWN then
    end_life(key, row, row[RANK], row[CAUSE], graves_max)
  elseif changes then
    put(key, row)
  end
  has_lost = has_lost or changes
end
if was_there and has_lost and field('generation') == GENERATION then
  redis.call('HSET', CLUSTER, 'generation', generation)
end
return answer('done')
)lua";

constexpr const char* read_script = "return answer('done')";

}  // namespace

const redis::Script& table_script(TableRequest::Kind kind) {
  const auto made = [](std::initializer_list<const char*> parts) {
    std::string source = prelude;
    for (const char* const part : parts) source += part;
    return redis::Script(std::move(source));
  };
  static const std::array<redis::Script, 8> scripts{
      made({of_a_generation, read_script}),
      made({join_script}),
      made({of_a_generation, of_a_member, change_script}),
      made({of_a_generation, of_a_member, renew_script}),
      made({of_a_generation, of_a_member, vote_script}),
      made({of_a_generation, of_a_member, down_script}),
      made({of_a_generation, of_a_member, remove_script}),
      made({merge_script}),
  };
  return scripts.at(static_cast<std::size_t>(kind));
}

std::vector<redis::Script> table_scripts() {
  std::vector<redis::Script> all;
  for (unsigned kind = 0; kind <= static_cast<unsigned>(TableRequest::Kind::merge); ++kind) {
    all.push_back(table_script(static_cast<TableRequest::Kind>(kind)));
  }
  return all;
}

std::vector<std::string> table_keys(std::string_view cluster_name) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string tag = cluster_name.empty() ? "%" : "";
  for (const char c : cluster_name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = byte > 0x20 && byte < 0x7f && c != '{' && c != '}' && c != '%';
    tag +=
        is_plain ? std::string(1, c) : std::string("%") + digits[byte >> 4U] + digits[byte & 0xfU];
  }
  std::vector<std::string> keys;
  for (const char* const word : {"cluster", "rows", "log", "leases", "votes", "graves"}) {
    keys.push_back("troupe:{" + tag + "}:" + word);
  }
  return keys;
}

}  // namespace troupe::cluster
