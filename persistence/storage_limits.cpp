#include <troupe/persistence/storage_limits.hpp>

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace troupe::persistence {

Result<void> check(const StorageLimits& limits) {
  const std::array<std::pair<std::string_view, std::size_t>, 7> all{{
      {"record_bytes_max", limits.record_bytes_max},
      {"snapshot_bytes_max", limits.snapshot_bytes_max},
      {"batch_records_max", limits.batch_records_max},
      {"batch_bytes_max", limits.batch_bytes_max},
      {"waiting_max", limits.waiting_max},
      {"waiting_bytes_max", limits.waiting_bytes_max},
      {"dead_letters_max", limits.dead_letters_max},
  }};
  constexpr std::size_t highest = std::size_t{1} << 30U;
  for (const auto& [name, value] : all) {
    if (value == 0 || value > highest) {
      return bad_setting(std::string(name) + " is " + std::to_string(value) +
                         "; it goes from 1 to " + std::to_string(highest));
    }
  }
  if (limits.batch_bytes_max < limits.record_bytes_max) {
    return bad_setting("batch_bytes_max is " + std::to_string(limits.batch_bytes_max) +
                       ", and below record_bytes_max, " + std::to_string(limits.record_bytes_max));
  }
  if (limits.waiting_bytes_max < limits.batch_bytes_max) {
    return bad_setting("waiting_bytes_max is " + std::to_string(limits.waiting_bytes_max) +
                       ", and below batch_bytes_max, " + std::to_string(limits.batch_bytes_max));
  }
  return {};
}

}  // namespace troupe::persistence
