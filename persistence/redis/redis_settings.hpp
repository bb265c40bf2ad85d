// RedisSettings: how a client reaches its server, how long it waits, and how much it holds.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <troupe/base/clock.hpp>
#include <troupe/base/result.hpp>
#include <troupe/persistence/redis/command.hpp>
#include <troupe/persistence/redis/server_facts.hpp>
#include <vector>

namespace troupe::redis {

/// All have defaults but the URL. Durations and sizes are above 0.
struct RedisSettings {
  /// "redis://127.0.0.1:6379", "unix:///run/redis.sock" or "sentinel://one,two,three/name": see
  /// redis_url.hpp. It may have a password in it, which nothing shows.
  std::string url = {};

  /// As the server lists this client (CLIENT SETNAME): letters, digits, "-_.:", 200 at most.
  std::string name = "troupe";

  /// Loaded on each connection before its first command. Others are loaded when they are missed.
  std::vector<Script> scripts = {};

  /// From send() to the answer, waiting for its turn or a connection included, where the call says
  /// nothing else. Past it the command fails with `timeout`.
  Duration command_timeout = std::chrono::seconds(2);

  /// For name, connection and greeting of one try, and for the question to each Sentinel.
  Duration connect_timeout = std::chrono::seconds(2);

  /// A connection is given up, and what was sent on it is `unknown`, when a command's time is over
  /// and nothing at all has come for as long as this. Shorter notices a hung server earlier; longer
  /// bears a server that a slow command keeps busy.
  Duration silence_max = std::chrono::seconds(2);

  /// The pause before the next try to connect: from half of the first to the second, doubled from
  /// try to try, each shortened by chance by up to a half. The second is not below the first.
  Duration backoff_initial = std::chrono::milliseconds(100);
  Duration backoff_max = std::chrono::seconds(5);

  /// Commands that wait, to be sent or to be answered; those past it are refused at once, with
  /// `limit_reached`. More bridges a longer absence of the server and costs memory meanwhile.
  std::size_t commands_max = 100'000;
  /// Of their bytes that are held: a command's until it is written, a script's until its answer. A
  /// command that is larger than this alone is never taken.
  std::size_t bytes_max = std::size_t{64} * 1'024 * 1'024;
  /// One command; a larger one is refused with `frame_too_large`. Redis itself refuses one argument
  /// of more than 512 MiB.
  std::size_t command_bytes_max = std::size_t{64} * 1'024 * 1'024;
  /// One reply: a larger one ends its connection. Its command fails with `frame_too_large`, what
  /// else was sent and not answered with `node_unreachable`; all of it may have been executed.
  std::size_t reply_bytes_max = std::size_t{64} * 1'024 * 1'024;
  /// Commands that are written and not answered at a time: so many can be `unknown` at once. More
  /// hide a longer way to the server.
  std::size_t in_flight_max = 10'000;

  /// READONLY, of a server that has been made a replica, ends the connection when all that was sent
  /// is answered: its name may lead to another one by now. Sentinels' servers are left so anyway.
  bool needs_master = false;
  /// What was not sent when a connection ended does not go to another life of the server (by run_id
  /// and replication_id), but fails as `cancelled`, not executed: that one may lack what the
  /// command takes for granted.
  bool keeps_to_one_life = false;
  /// Whether a server is taken, asked when it has said what it is and before anything is sent to it
  /// (CONFIG GET appendfsync is asked for it besides). An error is a try that failed: all that
  /// waits is `refused` with its context. Client's thread; must not block or throw.
  std::function<Result<void>(const ServerFacts&)> accepts = {};

  /// Called again and again on the client's thread, `tick` apart, whatever the server does; must
  /// not block or throw.
  std::function<void()> on_tick = {};
  Duration tick = std::chrono::seconds(1);

  /// Called for each connection that is ready, before the answer to any command on it: compare
  /// run_id and replication_id with the last ones, as the server may be another, or an older copy.
  /// Client's thread; must not block or throw.
  std::function<void(const ServerFacts&)> on_connected = {};
};

/// `invalid_setting`, which names the first setting that makes no sense. The URL is not looked at:
/// see RedisUrl::parse(). RedisClient::start() asks both. Any thread.
[[nodiscard]] Result<void> check(const RedisSettings& settings);

}  // namespace troupe::redis
