#include <troupe/persistence/redis/redis_settings.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace troupe::redis {
namespace {

constexpr std::size_t name_bytes_max = 200;

bool is_client_name(std::string_view name) {
  return name.size() <= name_bytes_max && std::ranges::all_of(name, [](char one) {
           return (one >= 'a' && one <= 'z') || (one >= 'A' && one <= 'Z') ||
                  (one >= '0' && one <= '9') ||
                  std::string_view("-_.:").find(one) != std::string_view::npos;
         });
}

}  // namespace

Result<void> check(const RedisSettings& settings) {
  const std::pair<const char*, Duration> durations[] = {
      {"command_timeout", settings.command_timeout}, {"connect_timeout", settings.connect_timeout},
      {"silence_max", settings.silence_max},         {"backoff_initial", settings.backoff_initial},
      {"backoff_max", settings.backoff_max},         {"tick", settings.tick},
  };
  for (const auto& [name, duration] : durations) {
    if (duration <= Duration::zero()) return bad_setting(std::string(name) + " must be above 0");
  }
  if (settings.backoff_max < settings.backoff_initial) {
    return bad_setting("backoff_max must not be below backoff_initial");
  }
  const std::pair<const char*, std::size_t> sizes[] = {
      {"commands_max", settings.commands_max},
      {"bytes_max", settings.bytes_max},
      {"command_bytes_max", settings.command_bytes_max},
      {"reply_bytes_max", settings.reply_bytes_max},
      {"in_flight_max", settings.in_flight_max},
  };
  for (const auto& [name, size] : sizes) {
    if (size == 0) return bad_setting(std::string(name) + " must be above 0");
  }
  if (!is_client_name(settings.name)) {
    return bad_setting("name must be of letters, digits and -_.: only, " +
                       std::to_string(name_bytes_max) + " at most");
  }
  return {};
}

}  // namespace troupe::redis
