#include <troupe/persistence/redis/redis_failure.hpp>

#include <algorithm>
#include <array>
#include <troupe/base/printable.hpp>

namespace troupe::redis {
namespace {

constexpr std::array<std::string_view, 14> at_the_door = {
    "LOADING",    "MASTERDOWN", "READONLY", "NOAUTH",      "NOPERM", "OOM", "MISCONF",
    "NOREPLICAS", "BUSY",       "NOSCRIPT", "CLUSTERDOWN", "MOVED",  "ASK", "TRYAGAIN"};

/// Redis 7 ends an error from within a script with "script: <sha>, on @user_script:3.", older ones
/// begin it with "ERR Error running script".
bool is_from_script(std::string_view words) {
  return words.find("script: ") != std::string_view::npos ||
         words.find("user_script") != std::string_view::npos;
}

}  // namespace

Error server_error(std::string_view words) {
  const std::string_view code = words.substr(0, words.find(' '));
  const bool turned_away =
      std::ranges::find(at_the_door, code) != at_the_door.end() && !is_from_script(words);
  return {ErrorCode::refused, words.empty() ? "ERR without words" : printable(words),
          turned_away ? Execution::not_executed : Execution::unknown};
}

}  // namespace troupe::redis
