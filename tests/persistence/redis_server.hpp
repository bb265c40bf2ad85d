// RedisServer: a real redis-server of a test's own, in a temporary directory, reached by a Unix
// socket and, where a test asks for it, by a port.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

class ChildProcess;

/// Owner only. Ends with its owner, and with the test's process.
class RedisServer {
 public:
  enum class Reach : std::uint8_t { by_socket, by_port };

  /// Starts it with these arguments besides, such as {"--requirepass", "x"}, and returns when it
  /// takes connections. Throws std::runtime_error when it does not in time.
  explicit RedisServer(std::vector<std::string> arguments = {}, Reach reach = Reach::by_socket);
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  /// Whether there is a redis-server to start.
  [[nodiscard]] static bool is_installed();

  /// kill -9.
  void kill();
  /// Again, with the same directory, socket and port.
  void start();
  void pause() const;
  void resume() const;

  [[nodiscard]] std::string socket() const { return folder_ + "/s"; }
  [[nodiscard]] std::string folder() const { return folder_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string url() const { return "unix://" + socket(); }

 private:
  std::vector<std::string> arguments_;
  std::string folder_;
  std::uint16_t port_ = 0;
  std::unique_ptr<ChildProcess> process_;
};

/// A Sentinel that watches one master, "orders", and decides alone.
class RedisSentinel {
 public:
  explicit RedisSentinel(const RedisServer& master);
  ~RedisSentinel();
  RedisSentinel(const RedisSentinel&) = delete;
  RedisSentinel& operator=(const RedisSentinel&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  std::string folder_;
  std::uint16_t port_;
  std::unique_ptr<ChildProcess> process_;
};

/// A port of 127.0.0.1 that nobody listens at.
[[nodiscard]] std::uint16_t free_redis_port();
