// StopPolicy: when an actor ends by itself.
//
//   system.spawn<Session>("session", with(stop_after_idle(5min)), user);
//   system.spawn<Parser>("parser", with(after_message(EndOfInput{})));
//
// It ends then as by stop(): children first, on_stop(), and what is queued becomes dead letters.
// Its watchers hear `stopped`, or `failed` where its last message failed.
#pragma once

#include <functional>
#include <string>
#include <troupe/actor/ports/envelope.hpp>
#include <troupe/base/clock.hpp>
#include <utility>

namespace troupe {

/// A class may name its own, `static constexpr auto stop_policy = troupe::after_one_message();`,
/// and with() names one for a single actor.
struct StopPolicy {
  enum class When : std::uint8_t { never, after_one_message, after_idle };

  When when = When::never;
  Duration idle{0};
};

/// Lives until it is stopped. The default.
[[nodiscard]] constexpr StopPolicy never() noexcept { return {}; }

/// Ends after its first message, also when that message fails; where its handler is a Task, once
/// that has ended. A timer's message counts, and so does one that it has no handler for; Terminated
/// does not.
[[nodiscard]] constexpr StopPolicy after_one_message() noexcept {
  return {StopPolicy::When::after_one_message, {}};
}

/// Ends once no message has come for `idle`, which must be positive; each message resets it. An
/// actor with an unfinished task, a deferred answer, a message in its stash or a pipe() to come is
/// not idle.
[[nodiscard]] constexpr StopPolicy stop_after_idle(Duration idle) noexcept {
  return {StopPolicy::When::after_idle, idle};
}

/// Ends after a message that equals the given one, which is handled and answered first. Made by
/// after_message(); compares every message to the actor.
struct StopAfterMessage {
  std::function<bool(runtime::Envelope&)> matches;
};

/// Ends after a message of type M that is == `message`. Once for each actor: the later one holds.
template <std::equality_comparable M>
[[nodiscard]] StopAfterMessage after_message(M message) {
  return {[message = std::move(message)](runtime::Envelope& envelope) {
    return same_type(*envelope.type, runtime::message_type<M>) &&
           envelope.payload_as<M>() == message;
  }};
}

/// A text compares with messages that are strings: `after_message("quit")`.
[[nodiscard]] inline StopAfterMessage after_message(const char* text) {
  return after_message(std::string(text));
}

namespace runtime {

template <class T>
[[nodiscard]] constexpr StopPolicy stop_policy_of() noexcept {
  if constexpr (requires { StopPolicy{T::stop_policy}; }) {
    return T::stop_policy;
  } else {
    return never();
  }
}

}  // namespace runtime
}  // namespace troupe
