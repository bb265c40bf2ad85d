// Command: one command for a Redis server, in the bytes of the protocol. Script: Lua that runs
// there, known by its SHA-1.
//
//   client.call({"SET", key, value, "PX", "5000"});
//
//   const Script take(R"(if redis.call('GET', KEYS[1]) == ARGV[1] then
//                          return redis.call('DEL', KEYS[1])
//                        end
//                        return 0)");
//   client.call(Command::of_script(take, {key}, {token}));
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

/// A value that is cheap to copy: copies share the text. Any thread. Make it once and keep it, as
/// its SHA-1 is computed when it is made.
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

/// Moves, and is used up by being sent. Arguments may hold any bytes, and are copied. Nothing is
/// checked before check(), which RedisClient::send() asks.
class Command {
 public:
  /// The command's name and what it takes, each one argument, whatever spaces it has in it. Numbers
  /// are given as text.
  Command(std::initializer_list<std::string_view> arguments);
  explicit Command(std::span<const std::string_view> arguments);

  /// EVALSHA of a script, which is loaded where the server does not know it: on the first use,
  /// after SCRIPT FLUSH, on another server. The keys are KEYS in the script, the arguments ARGV.
  [[nodiscard]] static Command of_script(const Script& script,
                                         std::span<const std::string_view> keys,
                                         std::span<const std::string_view> arguments);
  [[nodiscard]] static Command of_script(const Script& script,
                                         std::initializer_list<std::string_view> keys,
                                         std::initializer_list<std::string_view> arguments);

  /// In RESP, as they go out; valid until release().
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
