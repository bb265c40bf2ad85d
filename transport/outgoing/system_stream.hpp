// SystemStream: messages between the runtimes of two nodes, exactly once and in order over
// connections that come and go. Pure: what is sent when is the caller's.
//
// The sender numbers its messages from 1 and keeps each until the other side has acknowledged it;
// after a loss it begins again behind the last acknowledged one (go-back-n). The receiver takes the
// next number and nothing else: lower ones are repetitions, higher ones come again. What does not
// fit into the window waits behind it and is not lost.
//
// The other side is one life of a node, the partner, from its welcome to its end, or to that of the
// epoch. Each message is for one life, or for whoever is there, who is found out when it is sent
// for the first time. So a life takes with it what was said to it or is for it alone, and nothing
// else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <troupe/base/clock.hpp>
#include <troupe/transport/identity/peer_epoch.hpp>
#include <vector>

namespace troupe::transport {

struct SystemMessage {
  std::uint64_t number = 0;  ///< Given when it is sent for the first time; 0 before.
  TimePoint since{};         ///< When it was first ready to be sent to a partner.
  PeerEpoch life = {};       ///< That it is for; of nobody: whoever is there.
  std::vector<std::byte> bytes;
  bool is_withdrawable = false;  ///< It waits for nobody who cannot be reached.
};

/// The sending end. Owner only.
class SystemStream {
 public:
  /// At most `window` messages are sent and unacknowledged. How many wait is the caller's to limit.
  explicit SystemStream(std::size_t window) : window_(window) {}

  /// Takes one more message.
  void push(std::vector<std::byte> bytes, TimePoint now, const PeerEpoch& life = {},
            bool is_withdrawable = false);

  /// This life is the partner from now on. Takes out what cannot be said to it: what was said to
  /// another, or is for another.
  [[nodiscard]] std::vector<SystemMessage> meet(const PeerEpoch& life, TimePoint now);
  /// This life is over. Takes out what was said to it, or is for it.
  [[nodiscard]] std::vector<SystemMessage> lose(const PeerEpoch& life, TimePoint now);
  /// Takes out those that may be withdrawn and were never sent, not even in vain.
  [[nodiscard]] std::vector<SystemMessage> withdraw();
  /// Has those that were not sent yet and are longer cut, and takes out those that still are.
  [[nodiscard]] std::vector<SystemMessage> cut_longer_than(
      std::size_t bytes_max, const std::function<void(std::vector<std::byte>&)>& cut);
  /// Nobody's for none.
  [[nodiscard]] const PeerEpoch& partner() const noexcept { return partner_; }

  /// The next message to send, whose number may not be given yet, or null; valid until the next
  /// call.
  [[nodiscard]] const SystemMessage* peek() const;
  /// The same, which has its number and counts as sent.
  [[nodiscard]] const SystemMessage* next();

  /// The other side has taken everything up to this number. False for one that was never sent.
  bool acknowledge(std::uint64_t number);

  /// Whether a message to the partner has this number, or a higher one.
  [[nodiscard]] bool has_given(std::uint64_t number) const noexcept {
    return number <= last_number_;
  }

  /// The highest number that was given to a message to the partner.
  [[nodiscard]] std::uint64_t last_number() const noexcept { return last_number_; }

  /// The connection was lost, or the answer is overdue: sends again what is not acknowledged.
  void rewind() noexcept { sent_ = 0; }

  [[nodiscard]] bool has_unsent() const noexcept {
    return sent_ < messages_.size() && sent_ < window_;
  }
  [[nodiscard]] bool has_unacknowledged() const noexcept { return sent_ > 0; }
  [[nodiscard]] bool empty() const noexcept { return messages_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return messages_.size(); }
  /// Of all that is not acknowledged.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

  /// What is not acknowledged, oldest first.
  [[nodiscard]] const std::deque<SystemMessage>& messages() const noexcept { return messages_; }

  /// When the oldest message that is not acknowledged came; TimePoint::max() without one.
  [[nodiscard]] TimePoint oldest() const noexcept {
    return messages_.empty() ? TimePoint::max() : messages_.front().since;
  }

  /// The messages that wait came later by so much: nobody is to blame for that time.
  void discount(Duration pause) noexcept {
    for (SystemMessage& message : messages_) message.since += pause;
  }

  /// Forgets everything; numbers begin at 1 again, for another incarnation.
  void reset() noexcept {
    messages_.clear();
    bytes_ = 0;
    begin_anew();
  }

 private:
  template <class IsOut>
  [[nodiscard]] std::vector<SystemMessage> take_if(const IsOut& is_out);
  void begin_anew() noexcept {
    partner_ = {};
    sent_ = 0;
    last_number_ = 0;
  }

  std::size_t window_;
  std::size_t bytes_ = 0;
  std::deque<SystemMessage> messages_;  // Not acknowledged, oldest first.
  std::size_t sent_ = 0;                // Of them, on the present connection.
  std::uint64_t last_number_ = 0;       // That was given.
  PeerEpoch partner_;
};

/// The receiving end. Owner only.
class SystemInbox {
 public:
  /// True when the message with this number is to be taken; false for a repetition, and for one
  /// that came too early.
  [[nodiscard]] bool accept(std::uint64_t number) noexcept {
    if (number != received_ + 1) return false;
    ++received_;
    return true;
  }
  /// What is to be acknowledged.
  [[nodiscard]] std::uint64_t received() const noexcept { return received_; }

 private:
  std::uint64_t received_ = 0;
};

}  // namespace troupe::transport
