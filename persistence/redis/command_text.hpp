// Arguments of scripts as text, and numbers and states in what scripts answer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <troupe/persistence/redis/command.hpp>
#include <troupe/persistence/redis/reply.hpp>
#include <vector>

namespace troupe::persistence {

/// Keys and arguments of one script: text that is kept until command() has copied it.
class ScriptCall {
 public:
  ScriptCall& key(std::string key);
  ScriptCall& text(std::string_view text);
  ScriptCall& number(std::uint64_t number);
  [[nodiscard]] redis::Command command(const redis::Script& script) const;

 private:
  std::vector<std::string> keys_;
  std::vector<std::string> arguments_;
};

/// Hexadecimal digits, "0" for 0: as tokens have them.
[[nodiscard]] std::string hex_text(std::uint64_t number);
/// 0 where it is no number.
[[nodiscard]] std::uint64_t number_in(const redis::Reply& reply) noexcept;
[[nodiscard]] std::uint64_t hex_in(const redis::Reply& reply) noexcept;

/// The element of an array; nil where there is none.
[[nodiscard]] const redis::Reply& element(const redis::Reply& reply, std::size_t index) noexcept;
/// The first element: what a script says became of the request.
[[nodiscard]] const std::string& status_of(const redis::Reply& reply) noexcept;

}  // namespace troupe::persistence
