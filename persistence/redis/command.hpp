// Command: one command for a Redis server, in the bytes of the protocol. Script: Lua that runs
// there, known by its SHA-1.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <troupe/base/result.hpp>

namespace troupe::redis {

/// A value that is cheap to copy. Any thread.
class Script {
 public:
  explicit Script(std::string source);

  [[nodiscard]] const std::string& source() const noexcept { return text_->source; }
  [[nodiscard]] const std::string& sha() const noexcept { return text_->sha; }

 private:
  struct Text {
    std::string source;
    std::string sha;
  };
  std::shared_ptr<const Text> text_;
};

/// Moves, and is used up by being sent. Arguments may hold any bytes.
class Command {
 public:
  Command(std::initializer_list<std::string_view> arguments);
  explicit Command(std::span<const std::string_view> arguments);

  /// EVALSHA of a script, which is loaded where the server does not know it.
  [[nodiscard]] static Command of_script(const Script& script,
                                         std::span<const std::string_view> keys,
                                         std::span<const std::string_view> arguments);
  [[nodiscard]] static Command of_script(const Script& script,
                                         std::initializer_list<std::string_view> keys,
                                         std::initializer_list<std::string_view> arguments);

  [[nodiscard]] std::string_view bytes() const noexcept { return {bytes_.get(), size_}; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] const std::optional<Script>& script() const noexcept { return script_; }

  /// Why a connection that many share cannot carry it, if so (`malformed`): it has no name, or it
  /// changes the state of its connection, which is shared and may be another at any time. These are
  /// SELECT, AUTH, HELLO, QUIT, RESET, MULTI, EXEC, DISCARD, WATCH, UNWATCH, MONITOR, SYNC, PSYNC,
  /// CLIENT REPLY, and all of subscription. A script does what a transaction does.
  [[nodiscard]] Result<void> check() const;

  /// Its memory is given back; size() stays.
  void release() noexcept { bytes_.reset(); }

 private:
  struct Free {
    void operator()(char* bytes) const noexcept;
  };

  std::unique_ptr<char, Free> bytes_;
  std::size_t size_ = 0;
  std::optional<Script> script_;
};

}  // namespace troupe::redis
