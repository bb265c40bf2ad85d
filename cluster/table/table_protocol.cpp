#include <troupe/cluster/table/table_protocol.hpp>

#include <charconv>

namespace troupe::cluster {

std::string_view to_string(TableStatus status) noexcept {
  switch (status) {
    case TableStatus::done: return "done";
    case TableStatus::stale: return "stale";
    case TableStatus::absent: return "absent";
    case TableStatus::other_generation: return "generation";
    case TableStatus::other_cluster: return "cluster";
    case TableStatus::unknown_member: return "unknown";
    case TableStatus::down: return "down";
    case TableStatus::full: return "full";
    case TableStatus::refused: return "refused";
  }
  return "unknown status";
}

std::string table_key(const Identity& identity) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string key = identity.address + "#";
  for (unsigned shift = 64; shift > 0; shift -= 4) {
    key += digits[(identity.incarnation >> (shift - 4)) & 0xfU];
  }
  return key;
}

bool read_table_key(std::string_view key, Identity& identity) {
  constexpr std::size_t digits = 16;
  if (key.size() <= digits + 1 || key[key.size() - digits - 1] != '#') return false;
  const char* const end = key.data() + key.size();
  const auto read = std::from_chars(end - digits, end, identity.incarnation, 16);
  identity.address = key.substr(0, key.size() - digits - 1);
  return read.ec == std::errc() && read.ptr == end && identity.incarnation != 0;
}

}  // namespace troupe::cluster
