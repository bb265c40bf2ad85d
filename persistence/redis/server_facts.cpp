#include <troupe/persistence/redis/server_facts.hpp>

#include <algorithm>
#include <charconv>
#include <troupe/base/printable.hpp>

namespace troupe::redis {
namespace {

constexpr std::size_t field_bytes_max = 100;

void read_field(std::string_view name, std::string_view value, ServerFacts& facts) {
  const std::string text = printable(value, field_bytes_max);
  if (name == "redis_version") facts.version = text;
  if (name == "run_id") facts.run_id = text;
  if (name == "role") facts.role = text;
  if (name == "master_replid") facts.replication_id = text;
  if (name == "maxmemory_policy") facts.eviction_policy = text;
  if (name == "aof_enabled") facts.append_only = value == "1";
  if (name == "aof_last_write_status" || name == "rdb_last_bgsave_status") {
    facts.loses_writes |= value != "ok";
  }
  const auto read_number = [&](std::uint64_t& number) {
    std::from_chars(value.data(), value.data() + value.size(), number);
  };
  if (name == "maxmemory") read_number(facts.memory_max);
  if (name == "connected_slaves") read_number(facts.replicas);
}

}  // namespace

ServerFacts read_server_facts(std::string_view info) {
  ServerFacts facts;
  facts.known = !info.empty();
  while (!info.empty()) {
    const std::size_t end = std::min(info.find('\n'), info.size());
    std::string_view line = info.substr(0, end);
    info.remove_prefix(std::min(end + 1, info.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos) {
      read_field(line.substr(0, colon), line.substr(colon + 1), facts);
    }
  }
  return facts;
}

}  // namespace troupe::redis
