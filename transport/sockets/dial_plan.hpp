// DialPlan: how one dial goes, from the name of a host to the first of its addresses that answers,
// within one limit of time. Pure: events in, what to do next out; no sockets, no resolver.
//
//   state \ event   found       unknown   connected   failed, cut     deadline, held up
//   looking_up      connecting  over      .           .               over
//   connecting      .           .         over        next, or over   next, or over
//   over            .           .         .           .               .
//
// A dot means "stay, do nothing": late answers are normal. The look-up may take all the time there
// is; the addresses share evenly what it leaves, so that one that swallows everything leaves time
// for the others. When the dial fails the reason names each address and what became of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <troupe/base/clock.hpp>
#include <troupe/base/resolver.hpp>
#include <troupe/transport/sockets/numeric_address.hpp>
#include <vector>

namespace troupe::transport {

class DialPlan {
 public:
  /// Addresses of one host that are tried; more are left alone.
  static constexpr std::size_t addresses_max = 8;

  struct Step {
    enum class Action : std::uint8_t {
      wait,     ///< Nothing until the next event.
      look_up,  ///< Look up host().
      connect,  ///< Try `address`; give up the one before.
      use,      ///< `address` has answered.
      fail,     ///< For `reason`; `own_lack` where this process, not the other side, is the cause,
                ///< `refused` where each of the addresses has answered that nobody listens there.
    };
    Action action = Action::wait;
    NumericAddress address = {};
    std::string reason = {};
    bool own_lack = false;
    bool refused = false;
  };

  /// For a host as it stands in a node's address: a name, IPv4, or IPv6 in brackets. `time` is what
  /// all of it may take.
  DialPlan(const std::string& host, std::uint16_t port, Duration time, TimePoint now);

  [[nodiscard]] Step begin(TimePoint now);
  [[nodiscard]] Step found(const HostAddresses& addresses, TimePoint now);
  [[nodiscard]] Step connected();
  /// The address that is being tried failed with this `errno`.
  [[nodiscard]] Step failed(int error, TimePoint now);
  /// The address has had time, and is given up for others that wait to be tried.
  [[nodiscard]] Step cut_short(TimePoint now);
  /// There was no time to try the address, because too many others were being tried, or to look the
  /// host up, because others were.
  [[nodiscard]] Step held_up(TimePoint now);
  /// Time has passed.
  [[nodiscard]] Step advance(TimePoint now);

  /// When advance() must be called at the latest; never once the plan is over.
  [[nodiscard]] TimePoint deadline() const noexcept { return deadline_; }
  [[nodiscard]] bool is_looking_up() const noexcept { return state_ == State::looking_up; }
  [[nodiscard]] const std::string& host() const noexcept { return host_; }

 private:
  enum class State : std::uint8_t { looking_up, connecting, over };

  [[nodiscard]] Step try_next(TimePoint now);
  [[nodiscard]] Step fail(std::string reason, bool own_lack, bool refused = false);
  void note(std::string_view reason, bool refused = false);

  const std::string host_;  // Without brackets.
  const std::uint16_t port_;
  const Duration time_;
  const TimePoint end_;
  State state_ = State::looking_up;
  TimePoint deadline_;
  TimePoint tried_at_{};
  std::vector<std::string> left_;  // The next one last.
  NumericAddress tried_;
  std::string reasons_;
  bool own_lack_ = false;
  bool all_refused_ = true;  // Of those that were tried.
};

/// Why an address could not be connected to, from the `errno` of it.
[[nodiscard]] std::string connect_failure(const NumericAddress& address, int error);

}  // namespace troupe::transport
