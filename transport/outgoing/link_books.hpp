// LinkBooks: the counts of one link, which add up at every moment.
//
//   sent == delivered + dropped, of all reasons + in flight
//
// Delivered is what the peer has said to have received; what it says to have missed, or not to have
// understood, was lost. When a session ends, what was on its way
// stays in flight until the peer's next welcome says how far it came: the rest was lost.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <troupe/base/error.hpp>
#include <troupe/transport/frame/frame.hpp>
#include <troupe/transport/transport_counts.hpp>
#include <utility>

namespace troupe::transport {

/// Owner only.
class LinkBooks {
 public:
  explicit LinkBooks(std::uint64_t session) : session_(session) {}

  /// Messages were put into an outbox of the present session.
  void accepted(std::uint64_t count = 1) noexcept {
    sent_ += count;
    accepted_ += count;
  }
  /// Another link takes over what was accepted, of which nothing has left. Returns how many.
  [[nodiscard]] std::uint64_t hand_over() noexcept {
    sent_ -= accepted_;
    return std::exchange(accepted_, 0);
  }
  /// So many of what was accepted is longer than the peer takes: it will be told what is missing.
  void withdraw(std::uint64_t count) noexcept { withdrawn_ += count; }
  /// A message was not taken.
  void refused(ErrorCode reason) noexcept {
    ++sent_;
    drop(reason, 1);
  }

  /// The peer says how far it has come in one session, and how many of the messages before that it
  /// has missed.
  void confirm(std::uint64_t session, const LanePositions& positions,
               std::uint64_t missed = 0) noexcept {
    const std::uint64_t received = positions.ordinary + positions.large;
    if (session != session_ || received <= confirmed_ || received > accepted_) return;
    const std::uint64_t come = received - confirmed_;
    const std::uint64_t lost = newly_missed(missed, missed_, come);
    delivered_ += come - lost;
    const std::uint64_t too_long = std::min(lost, withdrawn_);
    withdrawn_ -= too_long;
    drop(ErrorCode::frame_too_large, too_long);
    drop(ErrorCode::node_unreachable, lost - too_long);
    missed_ += lost;
    confirmed_ = received;
  }

  /// The peer welcomes this session, and says what it has received in the last one in which
  /// anything came: nothing more comes from any before this one.
  void settle(std::uint64_t session, const LanePositions& positions,
              std::uint64_t missed = 0) noexcept {
    const std::uint64_t received =
        session == old_.session ? positions.ordinary + positions.large : 0;
    const std::uint64_t arrived =
        std::clamp(received, old_.confirmed, old_.confirmed + old_.on_the_way) - old_.confirmed;
    const std::uint64_t lost = newly_missed(missed, old_.missed, arrived);
    delivered_ += arrived - lost;
    drop(ErrorCode::node_unreachable, lost + old_.on_the_way - arrived);
    old_ = {};
  }

  /// The session is over and `next` follows. `unsent` messages had not left: they were dropped for
  /// this reason.
  void end_session(std::uint64_t next, std::uint64_t unsent, ErrorCode reason) noexcept {
    drop(reason, unsent);
    const std::uint64_t on_the_way = accepted_ - confirmed_ - unsent;
    if (on_the_way > 0) {
      drop(ErrorCode::node_unreachable, old_.on_the_way);
      old_ = {session_, confirmed_, missed_, on_the_way};
    }
    session_ = next;
    accepted_ = confirmed_ = missed_ = withdrawn_ = 0;
  }

  /// Nobody will ever say how far those came that are on their way from ended sessions.
  void write_off(ErrorCode reason) noexcept {
    drop(reason, old_.on_the_way);
    old_ = {};
  }

  [[nodiscard]] std::uint64_t sent() const noexcept { return sent_; }
  [[nodiscard]] std::uint64_t delivered() const noexcept { return delivered_; }
  [[nodiscard]] std::uint64_t in_flight() const noexcept {
    return accepted_ - confirmed_ + old_.on_the_way;
  }
  /// By reason.
  [[nodiscard]] const std::array<std::uint64_t, error_code_count>& dropped() const noexcept {
    return dropped_;
  }

 private:
  /// How many of the messages that have `come` are among those that were missed.
  [[nodiscard]] static std::uint64_t newly_missed(std::uint64_t missed, std::uint64_t before,
                                                  std::uint64_t come) noexcept {
    return std::min(come, missed - std::min(missed, before));
  }
  void drop(ErrorCode reason, std::uint64_t count) noexcept {
    dropped_[static_cast<std::size_t>(reason)] += count;
  }

  struct EndedSession {
    std::uint64_t session = 0;  ///< 0: none, all is settled.
    std::uint64_t confirmed = 0;
    std::uint64_t missed = 0;
    std::uint64_t on_the_way = 0;
  };

  std::uint64_t sent_ = 0;
  std::uint64_t delivered_ = 0;
  std::array<std::uint64_t, error_code_count> dropped_{};
  std::uint64_t session_;
  std::uint64_t accepted_ = 0;   // In this session.
  std::uint64_t confirmed_ = 0;  // Of them.
  std::uint64_t missed_ = 0;     // Of those that are confirmed.
  std::uint64_t withdrawn_ = 0;  // Of those that are not.
  EndedSession old_;
};

}  // namespace troupe::transport
