// UndeliveredBytes: which connections send and send and never finish a message. ZeroMQ keeps the
// parts of a message until the last one has come, however many they are, and nobody hears of them;
// so what it has taken from each connection is compared with what it hands over. Pure.
//
// A connection from which more than the limit was taken, since it was last known to hand over what
// it sends, is suspected: from then on each of its messages is told here, and clears it. If as much
// again was taken by one look, and no message has come by the next, it is guilty. Strangers, who
// have nothing to say but a hello, share a limit beside that: past it those are guilty who have
// sent most.
#pragma once

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

  /// `bytes_max`: twice as much is more than a whole message takes on the wire.
  explicit UndeliveredBytes(std::uint64_t bytes_max,
                            std::uint64_t of_strangers_max = UINT64_MAX) noexcept
      : bytes_max_(bytes_max), strangers_bytes_max_(of_strangers_max) {}

  /// A connection, of a stranger's until proven().
  void begun(int descriptor);
  void proven(int descriptor);
  void ended(int descriptor);
  void all_ended();

  /// A message has come on it. While nobody is suspected it need not be told on which.
  void delivered(int descriptor);
  void delivered() noexcept { ++delivered_; }
  [[nodiscard]] bool suspects_any() const noexcept { return suspected_ > 0; }
  /// Whether so many messages have come since the last look that each connection that had one has
  /// had its turn, where they are received from all in turn.
  [[nodiscard]] bool all_had_a_turn() const noexcept;

  /// To be called from look_at() on, where all that can be received was received since the last
  /// call, or all_had_a_turn(). The guilty ones, each once.
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
    bool is_suspected = false;
    bool is_strangers = true;
  };

  [[nodiscard]] std::vector<int> greedy_strangers() const;

  const std::uint64_t bytes_max_;
  const std::uint64_t strangers_bytes_max_;
  std::unordered_map<int, Connection> connections_;
  std::size_t suspected_ = 0;
  std::size_t delivered_ = 0;  // Messages since the last look.
  TimePoint looked_at_ = TimePoint::min();
};

}  // namespace troupe::transport
