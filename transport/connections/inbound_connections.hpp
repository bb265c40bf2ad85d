// InboundConnections: the connections that others have made to a listener, until each has said a
// valid hello, and what those were that ended before. Pure: what ZeroMQ's monitor tells goes in,
// what to tell and whom to hang up on comes out.
//
// ZeroMQ names a connection when it begins and when it ends, by its file descriptor. Why a
// handshake failed it says directly before the end; of one that succeeded it does not say whose it
// was, and of bytes that are far from ZeroMQ it says nothing at all. So successes are counted: a
// connection that ends without a reason is a stranger's unless there is a success left that is
// nobody's. Whose it was is a guess while several begin at once; how many were strangers is exact
// in the end.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <troupe/base/clock.hpp>
#include <unordered_map>
#include <vector>

namespace troupe::transport {

/// What a connection was that has ended.
enum class InboundEnd : std::uint8_t {
  peer,      ///< It had said a valid hello.
  unproven,  ///< It never did, and that was told before: what it said, or why it was hung up on.
  silent,    ///< It never did, and said nothing else: nobody knows why it has ended.
  stranger,  ///< What came on it was not ZeroMQ's.
};

/// I/O thread.
class InboundConnections {
 public:
  struct Limits {
    std::size_t unproven_max;
    Duration hello_timeout;
  };
  /// A connection to hang up on. Its end is told as any other's.
  struct Overdue {
    int descriptor;
    std::string peer;
  };

  explicit InboundConnections(Limits limits) noexcept : limits_(limits) {}

  void begun(int descriptor, std::string peer, TimePoint now);
  /// Somebody's handshake has succeeded.
  void shook_hands() noexcept { ++successes_; }
  /// A frame has come on it; `name` is what others call it.
  void has_spoken(int descriptor, std::string name = {});
  /// The connection with this name has said a valid hello, lately or just now; most likely it has
  /// this descriptor. Returns that which it has, or -1 for none.
  int proven(int descriptor, const std::string& name = {});
  /// What others call a connection; empty before a frame has come on it.
  [[nodiscard]] std::string name_of(int descriptor) const;
  /// The connection is to be hung up on, for another reason than those below.
  void given_up(int descriptor);
  [[nodiscard]] bool is_given_up(int descriptor) const;
  /// `is_told`: directly before, ZeroMQ said why.
  [[nodiscard]] InboundEnd ended(int descriptor, bool is_told);
  /// The listener has ended, and without a word all its connections. Returns what others call those
  /// that had said no valid hello.
  std::vector<std::string> all_ended();

  /// Those that said no hello in time, and the oldest of those that are past the limit. Each once.
  [[nodiscard]] std::vector<Overdue> take_overdue(TimePoint now);
  /// The oldest ones that have said no hello, `max` at most, to make room. Each once.
  [[nodiscard]] std::vector<Overdue> take_oldest(std::size_t max);
  [[nodiscard]] TimePoint next_deadline() const;

  /// Whether more have said no hello than the limit allows.
  [[nodiscard]] bool is_crowded() const noexcept { return unproven_ > limits_.unproven_max; }
  [[nodiscard]] std::size_t size() const noexcept { return connections_.size(); }
  [[nodiscard]] std::size_t unproven() const noexcept { return unproven_; }

 private:
  struct Connection {
    std::uint64_t number;  // Descriptors come again.
    std::string peer;
    TimePoint begun_at;
    bool is_unproven = true;  // And nobody has been told to hang up.
    bool has_proven = false;
    bool has_spoken = false;
    bool is_given_up = false;
    std::string name = {};
  };
  struct Waiting {
    int descriptor;
    std::uint64_t number;
    TimePoint until;
  };

  [[nodiscard]] Connection* find(const Waiting& waiting);
  void settle(Connection& connection);
  void drop_settled();

  const Limits limits_;
  std::unordered_map<int, Connection> connections_;
  std::deque<Waiting> waiting_;  // For a hello, the oldest first; the first still waits.
  std::size_t unproven_ = 0;
  std::uint64_t numbers_ = 0;
  std::uint64_t successes_ = 0;  // That are nobody's yet.
};

}  // namespace troupe::transport
