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
bool is_from_script(std::string_view text) {
  return text.find("script: ") != std::string_view::npos ||
         text.find("user_script") != std::string_view::npos;
}

}  // namespace

Error server_error(std::string_view text) {
  const std::string_view code = text.substr(0, text.find(' '));
  const bool turned_away =
      std::ranges::find(at_the_door, code) != at_the_door.end() && !is_from_script(text);
  return {ErrorCode::refused, text.empty() ? "ERR without a text" : printable(text),
          turned_away ? Execution::not_executed : Execution::unknown};
}

}  // namespace troupe::redis
