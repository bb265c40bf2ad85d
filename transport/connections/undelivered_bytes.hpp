// UndeliveredBytes: which connections send and send and never finish a message. ZeroMQ keeps the
// parts of a message until the last one has come, however many they are, and nobody hears of them;
// so what it has taken from each connection is compared with what it hands over. Pure.
//
// A connection from which more than a first limit was taken, since it was last known to hand over
// what it sends, is suspected: from then on each of its messages is told here, and clears it. If
// more than a message was taken then by one look, and no message has come by the next, it is an
// offender. Beside that two limits are shared, past which those offend who have sent most:
// strangers', who have nothing to say but a hello, and that of others which have sent the beginning
// of a message and for a while no end of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <troupe/base/clock.hpp>
#include <unordered_map>
#include <vector>

namespace troupe::transport {

/// I/O thread.
class UndeliveredBytes {
 public:
  /// How many bytes ZeroMQ has taken from the connection with this descriptor, ever; none where
  /// that cannot be known.
  using Taken = std::function<std::optional<std::uint64_t>(int descriptor)>;

  struct Limits {
    std::uint64_t trusted_bytes;  ///< From which on a connection is suspected.
    /// Of one that is suspected; more than a message of honest peers' takes on the wire.
    std::uint64_t message_bytes;
    std::uint64_t strangers_bytes = UINT64_MAX;  ///< Of all strangers.
    /// Of all others that are suspected and have been within one message for long.
    std::uint64_t unfinished_bytes = UINT64_MAX;
    /// That is for so long without a break of half a second, or for twice as long in all. At most
    /// 1 h.
    Duration patience = std::chrono::hours(1);
  };

  explicit UndeliveredBytes(const Limits& limits) noexcept : limits_(limits) {}

  /// A connection, of a stranger's until proven().
  void begun(int descriptor);
  void proven(int descriptor);
  void ended(int descriptor);
  void all_ended();

  /// A message has come on it. While nobody is suspected it need not be told on which.
  void delivered(int descriptor);
  void delivered() noexcept { ++delivered_; }
  [[nodiscard]] bool suspects_any() const noexcept { return suspected_ > 0; }
  /// Whether one was within a message, or is suspected newly, by the last look.
  [[nodiscard]] bool has_unfinished() const noexcept { return has_unfinished_; }
  /// Whether so many messages have come since the last look that each connection that had one has
  /// had its turn, where they are received from all in turn.
  [[nodiscard]] bool all_had_a_turn() const noexcept;

  /// To be called from look_at() on, where all that can be received was received since the last
  /// call, or all_had_a_turn(). The offenders, each once.
  [[nodiscard]] std::vector<int> look(const Taken& taken, TimePoint now);
  /// Soon after the last look, and so late that looks take no more than about a thousandth of a
  /// thread's time, however many connections there are; a hundredth where somebody is suspected, or
  /// there are `strangers`.
  [[nodiscard]] TimePoint look_at(bool strangers) const noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return connections_.size(); }

 private:
  struct Connection {
    std::uint64_t base = 0;   // Taken when it was suspected last.
    std::uint64_t taken = 0;  // By the last look.
    Duration receiving{0};    // In the present message, since it was suspected.
    Duration silent{0};       // The same.
    Duration quiet{0};        // Since something came last.
    bool is_suspected = false;
    bool is_strangers = true;

    /// Of a message that has not ended, if it is suspected.
    [[nodiscard]] std::uint64_t unfinished() const noexcept {
      return is_suspected ? taken - base : 0;
    }
  };
  struct Share {
    std::uint64_t bytes;
    int descriptor;
  };

  [[nodiscard]] std::vector<Share> strangers() const;
  [[nodiscard]] std::vector<Share> unfinished() const;
  [[nodiscard]] bool is_overdue(const Connection& connection) const noexcept;
  void take(Connection& connection, std::uint64_t taken, Duration since_last_look);
  static void find_offenders(std::vector<Share> shares, std::uint64_t bytes_max,
                             std::vector<int>& offenders);

  const Limits limits_;
  std::unordered_map<int, Connection> connections_;
  std::size_t suspected_ = 0;
  bool has_unfinished_ = false;
  std::size_t delivered_ = 0;  // Messages since the last look.
  TimePoint looked_at_ = TimePoint::min();
};

}  // namespace troupe::transport
