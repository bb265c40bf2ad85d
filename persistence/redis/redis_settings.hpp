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

struct RedisSettings {
  /// See redis_url.hpp.
  std::string url = {};

  /// As the server lists this client (CLIENT SETNAME): letters, digits, "-_.:".
  std::string name = "troupe";

  /// Loaded on each connection before its first command. Others are loaded when they are missed.
  std::vector<Script> scripts = {};

  /// From the sending of a command to its answer, where the call says nothing else.
  Duration command_timeout = std::chrono::seconds(2);

  /// For name, connection and greeting of one try, and for the question to each Sentinel.
  Duration connect_timeout = std::chrono::seconds(2);

  /// A connection is given up, and what was sent on it is `unknown`, when a command's time is over
  /// and nothing at all has come for as long as this. Shorter notices a hung server earlier; longer
  /// bears a server that a slow command keeps busy.
  Duration silence_max = std::chrono::seconds(2);

  /// The pause before the next try to connect: from half of the first to the second, doubled from
  /// try to try, each shortened by chance by up to a half.
  Duration backoff_initial = std::chrono::milliseconds(100);
  Duration backoff_max = std::chrono::seconds(5);

  /// Commands that wait, to be sent or to be answered; those past it are refused at once.
  std::size_t commands_max = 100'000;
  /// Of their bytes that are held: a command's until it is written, a script's until its answer.
  std::size_t bytes_max = std::size_t{64} * 1'024 * 1'024;
  /// One command. Redis itself refuses one argument of more than 512 MiB.
  std::size_t command_bytes_max = std::size_t{64} * 1'024 * 1'024;
  /// One reply: a larger one ends its connection.
  std::size_t reply_bytes_max = std::size_t{64} * 1'024 * 1'024;
  /// Commands that are written and not answered at a time: so many can be `unknown` at once. More
  /// hide a longer way to the server.
  std::size_t in_flight_max = 10'000;

  /// Called for each connection that is ready, before the answer to any command on it: compare
  /// run_id and replication_id with the last ones, as the server may be another, or an older copy.
  /// Client's thread; must not block or throw.
  std::function<void(const ServerFacts&)> on_connected = {};
};

/// `invalid_setting`, which names the first setting that makes no sense.
[[nodiscard]] Result<void> check(const RedisSettings& settings);

}  // namespace troupe::redis
