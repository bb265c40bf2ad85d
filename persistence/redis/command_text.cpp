#include <troupe/persistence/redis/command_text.hpp>

#include <array>
#include <charconv>
#include <utility>

namespace troupe::persistence {
namespace {

std::uint64_t parsed(const redis::Reply& reply, int base) noexcept {
  if (reply.kind == redis::Reply::Kind::integer) return static_cast<std::uint64_t>(reply.integer);
  std::uint64_t number = 0;
  std::from_chars(reply.text.data(), reply.text.data() + reply.text.size(), number, base);
  return number;
}

}  // namespace

ScriptCall& ScriptCall::key(std::string key) {
  keys_.push_back(std::move(key));
  return *this;
}

ScriptCall& ScriptCall::text(std::string_view text) {
  arguments_.emplace_back(text);
  return *this;
}

ScriptCall& ScriptCall::number(std::uint64_t number) {
  arguments_.push_back(std::to_string(number));
  return *this;
}

redis::Command ScriptCall::command(const redis::Script& script) const {
  const std::vector<std::string_view> keys(keys_.begin(), keys_.end());
  const std::vector<std::string_view> arguments(arguments_.begin(), arguments_.end());
  return redis::Command::of_script(script, keys, arguments);
}

std::string hex_text(std::uint64_t number) {
  std::array<char, 16> digits{};
  char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr;
  return std::string(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

std::uint64_t number_in(const redis::Reply& reply) noexcept { return parsed(reply, 10); }

std::uint64_t hex_in(const redis::Reply& reply) noexcept { return parsed(reply, 16); }

const redis::Reply& element(const redis::Reply& reply, std::size_t index) noexcept {
  static const redis::Reply none;
  return index < reply.elements.size() ? reply.elements[index] : none;
}

const std::string& status_of(const redis::Reply& reply) noexcept { return element(reply, 0).text; }

}  // namespace troupe::persistence
