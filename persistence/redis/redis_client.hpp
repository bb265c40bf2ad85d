// RedisClient: commands for one Redis server, from any thread, all in one pipeline over one
// connection that comes again when it ends. Every failure is a Result, and whether the command may
// have been executed is part of it: see redis_failure.hpp.
//
// Commands are sent in the order in which they were handed over, and answered in it; of those that
// fail by their deadline that is not said. What was not sent when a connection ends goes out on the
// next one, as long as its time lasts. What was sent and not answered is `unknown`: it is never
// sent again by the client.
//
//   auto client = RedisClient::start({.url = "redis://127.0.0.1"}, real_platform()).value();
//   const Result<Reply> reply = client->call({"GET", "balance"}, 500ms);
//   if (reply && !reply->is_nil()) use(reply->text);
//
// No TLS: see redis_url.hpp. Commands that wait in the server (XREAD BLOCK, WAIT) hold up all
// behind them: give them a client of their own.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <troupe/base/platform.hpp>
#include <troupe/base/result.hpp>
#include <troupe/persistence/redis/client_core.hpp>
#include <troupe/persistence/redis/command.hpp>
#include <troupe/persistence/redis/redis_counts.hpp>
#include <troupe/persistence/redis/redis_failure.hpp>
#include <troupe/persistence/redis/redis_settings.hpp>
#include <troupe/persistence/redis/reply.hpp>

namespace troupe::redis {

class ClientThread;

/// Any thread, but for construction and destruction.
class RedisClient {
 public:
  /// Starts the client's thread, which dials at once and for as long as the client lives; a server
  /// that is away is no error here. `invalid_setting`: a setting or the URL, with the reason.
  /// `limit_reached`: no thread or descriptor is left. The platform's clock must be that of the
  /// machine. Signals are blocked on the client's thread; it writes to the platform's log as
  /// "redis URL", without the password.
  [[nodiscard]] static Result<std::unique_ptr<RedisClient>> start(RedisSettings settings,
                                                                  Platform platform);

  /// close() without any time: what waits fails as `shutdown`. Not in a callback of this client.
  ~RedisClient();
  RedisClient(const RedisClient&) = delete;
  RedisClient& operator=(const RedisClient&) = delete;

  /// Hands over a command, and returns at once. `done` is called exactly once, on the client's
  /// thread, in `timeout` [command_timeout] or little later: it must neither block nor throw (that
  /// ends the process), and may call send(). Without a function the outcome goes nowhere. The
  /// errors that it may get, and what they say of the command, are in redis_failure.hpp.
  ///
  /// Where the command is refused here, `done` is not called: `limit_reached`, `frame_too_large`,
  /// `malformed`, or `shutdown` after close(). None of these was executed.
  Result<void> send(Command command, Done done, std::optional<Duration> timeout = std::nullopt);

  /// send(), and waits for the outcome. Blocks, for `timeout` or little longer: not in a handler,
  /// whose worker it would hold, but of a troupe::blocking() actor. Not in a callback of this
  /// client, which is checked. Errors: as send() returns them, and as its callback gets them.
  [[nodiscard]] Result<Reply> call(Command command, std::optional<Duration> timeout = std::nullopt);

  /// Takes no more commands, waits up to `timeout` for the outcome of those that wait, fails the
  /// rest as `shutdown`, and ends the thread. When it returns no callback runs, and none will.
  /// Blocks; not in a callback of this client. Again, and on several threads: the same end.
  void close(Duration timeout);

  /// As of the end of the client's last round. After close() too.
  [[nodiscard]] RedisCounts counts() const;

  /// The URL without the password, for logs.
  [[nodiscard]] const std::string& place() const noexcept;

 private:
  explicit RedisClient(std::unique_ptr<ClientThread> thread);
  const std::unique_ptr<ClientThread> thread_;
};

}  // namespace troupe::redis
