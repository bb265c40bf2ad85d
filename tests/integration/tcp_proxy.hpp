// TcpProxy: stands in front of what listens on a port of this machine, and does to its connections
// what networks do: delays them, stops their bytes without a word, one way or both, or resets them.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

/// All functions are for any thread, and hold for what comes after them.
class TcpProxy {
 public:
  enum class Way : std::uint8_t { forth, back };  ///< Forth: from those who connect.

  /// Listens on a free port, for what will listen on `target`. Throws std::system_error.
  explicit TcpProxy(std::uint16_t target);
  ~TcpProxy();
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  /// What comes from now on arrives so much later.
  void delay(std::chrono::milliseconds time);
  /// Nothing goes this way until heal(): it waits, and nobody is told.
  void cut(Way way);
  /// Cuts both ways.
  void cut();
  void heal();
  /// Resets all connections; what was on its way is lost. New ones are made as before.
  void reset();

  /// Of the connections that are open now, the one that was made last is dead until it is reset:
  /// nothing goes on it, and nobody is told. Others live, and new ones can be made.
  void silence_newest();

  /// Connections that were reset so far.
  [[nodiscard]] std::uint64_t resets() const noexcept { return resets_.load(); }

 private:
  using Clock = std::chrono::steady_clock;
  struct Orders {
    std::chrono::milliseconds delay{0};
    std::array<bool, 2> is_cut{};
    bool reset = false;
    bool silence = false;
    bool stop = false;
  };
  struct Connection;

  void give(const auto& order);
  [[nodiscard]] Orders take_orders();
  void run();
  void accept();
  void wait(const Orders& orders);
  void reset_all();

  const std::uint16_t target_;
  int listener_ = -1;
  int wake_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<std::uint64_t> resets_{0};
  std::mutex mutex_;
  Orders orders_;  // By mutex_.
  std::vector<std::unique_ptr<Connection>> connections_;
  std::thread thread_;
};

/// A port that nobody listens on.
[[nodiscard]] std::uint16_t free_port();
