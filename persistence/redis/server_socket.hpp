// ServerSocket: one connection to a Redis server, from the name of its host to its end. Never
// blocks: names are looked up on threads of the Resolver.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <troupe/base/clock.hpp>
#include <troupe/base/resolver.hpp>
#include <troupe/persistence/redis/redis_url.hpp>
#include <vector>

namespace troupe::redis {

/// Owner only.
class ServerSocket {
 public:
  enum class State : std::uint8_t { closed, looking_up, connecting, connected };
  /// Addresses of one host that are tried; more are left alone.
  static constexpr std::size_t addresses_max = 8;

  /// What came of a step of dialling.
  struct Step {
    enum class Result : std::uint8_t { waits, connected, failed } result = Result::waits;
    std::string why = {};  ///< Failed: each address, and what became of it.
  };

  explicit ServerSocket(Resolver& resolver) : resolver_(resolver) {}
  ~ServerSocket() { close(); }
  ServerSocket(const ServerSocket&) = delete;
  ServerSocket& operator=(const ServerSocket&) = delete;

  /// Only when closed. The addresses of a host share the time evenly.
  [[nodiscard]] Step dial(const Endpoint& endpoint, TimePoint until, TimePoint now);
  /// The resolver has an answer.
  [[nodiscard]] Step found(const Resolver::Answer& answer, TimePoint now);
  /// The descriptor is ready while connecting, or the time of an address is over.
  [[nodiscard]] Step advance(bool is_ready, TimePoint now);
  void close() noexcept;

  struct Transfer {
    std::size_t bytes = 0;
    bool ended = false;    ///< There is no connection any more.
    std::string why = {};  ///< Then.
  };
  [[nodiscard]] Transfer write(std::string_view bytes);
  [[nodiscard]] Transfer read(std::span<char> room);

  [[nodiscard]] State state() const noexcept { return state_; }
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  /// When advance() must be called at the latest.
  [[nodiscard]] TimePoint deadline() const noexcept;

 private:
  [[nodiscard]] Step try_next(TimePoint now);
  [[nodiscard]] bool begin(const std::string& host);
  void note(const std::string& place, const std::string& why);

  Resolver& resolver_;
  State state_ = State::closed;
  int descriptor_ = -1;
  Endpoint endpoint_;
  TimePoint until_{};
  TimePoint address_until_{};
  std::vector<std::string> left_;  // The next one last.
  std::string tried_;
  std::string reasons_;
};

}  // namespace troupe::redis
