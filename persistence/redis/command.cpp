#include <troupe/persistence/redis/command.hpp>

#include <hiredis/hiredis.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <troupe/base/printable.hpp>
#include <troupe/persistence/redis/sha1.hpp>
#include <utility>
#include <vector>

namespace troupe::redis {
namespace {

constexpr std::array<std::string_view, 23> stateful = {
    "AUTH",         "CLIENT REPLY", "DISCARD",   "EXEC",     "HELLO",        "MONITOR",
    "MULTI",        "PSUBSCRIBE",   "PSYNC",     "QUIT",     "REPLCONF",     "RESET",
    "SELECT",       "SSUBSCRIBE",   "SUBSCRIBE", "SYNC",     "PUNSUBSCRIBE", "UNSUBSCRIBE",
    "SUNSUBSCRIBE", "UNWATCH",      "WATCH",     "READONLY", "READWRITE"};

std::string in_capitals(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char one) {
    return one >= 'a' && one <= 'z' ? static_cast<char>(one - 'a' + 'A') : one;
  });
  return result;
}

/// The next argument of a formatted command, "$3\r\nSET\r\n", which `rest` is left behind of.
std::string_view next_argument(std::string_view& rest) {
  if (!rest.starts_with('$')) return {};
  std::size_t size = 0;
  const auto [end, failure] = std::from_chars(rest.data() + 1, rest.data() + rest.size(), size);
  if (failure != std::errc()) return {};
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()) + 2);
  const std::string_view argument = rest.substr(0, size);
  rest.remove_prefix(size + 2);
  return argument;
}

}  // namespace

Script::Script(std::string source) {
  std::string sha = sha1_hex(source);
  text_ = std::make_shared<const Text>(Text{std::move(source), std::move(sha)});
}

Command::Command(std::initializer_list<std::string_view> arguments)
    : Command(std::span<const std::string_view>(arguments.begin(), arguments.size())) {}

Command::Command(std::span<const std::string_view> arguments) {
  if (arguments.empty()) return;
  constexpr std::size_t usual = 16;
  std::array<const char*, usual> few_texts;
  std::array<std::size_t, usual> few_sizes;
  std::vector<const char*> many_texts;
  std::vector<std::size_t> many_sizes;
  const char** texts = few_texts.data();
  std::size_t* sizes = few_sizes.data();
  if (arguments.size() > usual) {
    many_texts.resize(arguments.size());
    many_sizes.resize(arguments.size());
    texts = many_texts.data();
    sizes = many_sizes.data();
  }
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    texts[i] = arguments[i].data() == nullptr ? "" : arguments[i].data();
    sizes[i] = arguments[i].size();
  }
  char* formatted = nullptr;
  const int size =
      ::redisFormatCommandArgv(&formatted, static_cast<int>(arguments.size()), texts, sizes);
  if (size <= 0) return;  // More than an int holds: check() says so.
  bytes_.reset(formatted);
  size_ = static_cast<std::size_t>(size);
}

Command Command::of_script(const Script& script, std::span<const std::string_view> keys,
                           std::span<const std::string_view> arguments) {
  const std::string count = std::to_string(keys.size());
  std::vector<std::string_view> all = {"EVALSHA", script.sha(), count};
  all.reserve(all.size() + keys.size() + arguments.size());
  all.insert(all.end(), keys.begin(), keys.end());
  all.insert(all.end(), arguments.begin(), arguments.end());
  Command command{std::span<const std::string_view>(all)};
  command.script_ = script;
  return command;
}

Command Command::of_script(const Script& script, std::initializer_list<std::string_view> keys,
                           std::initializer_list<std::string_view> arguments) {
  return of_script(script, std::span<const std::string_view>(keys.begin(), keys.size()),
                   std::span<const std::string_view>(arguments.begin(), arguments.size()));
}

Result<void> Command::check() const {
  std::string_view rest = bytes();
  rest.remove_prefix(std::min(rest.find('$'), rest.size()));
  const std::string_view first = next_argument(rest);
  if (first.empty()) {
    return Error(ErrorCode::malformed,
                 "a Redis command without a name, or one of more than 2 GiB of arguments",
                 Execution::not_executed);
  }
  if (script_ || first.size() > 12) return {};
  std::string name = in_capitals(first);
  if (name == "CLIENT") name += " " + in_capitals(next_argument(rest));
  if (std::ranges::find(stateful, name) == stateful.end()) return {};
  return Error(ErrorCode::malformed,
               printable(name) + " changes the state of a connection that all commands share, " +
                   "and that may be another at any time",
               Execution::not_executed);
}

void Command::Free::operator()(char* bytes) const noexcept { ::redisFreeCommand(bytes); }

}  // namespace troupe::redis
