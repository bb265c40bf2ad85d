// HandOvers: what is to be done before a member goes, while its actors still run: hooks, called one
// after the other, in the order in which they were registered, by one deadline.
//
//   state \ event   begin     a hook is done   the last is done   the deadline   give up, skip
//   registering     running   .                .                  .              .
//   running         .         running          over               over           over
//   over            .         .                .                  .              .
//
// What is skipped before it has begun is over as soon as it begins, without a call.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <troupe/actor/future.hpp>
#include <troupe/base/clock.hpp>
#include <vector>

namespace troupe::cluster {

/// The thread of the links, where nothing else is said.
class HandOvers {
 public:
  using Hook = std::function<Future<void>(TimePoint deadline)>;

  /// `wake` has advance() called soon: by any thread, until close().
  explicit HandOvers(std::function<void()> wake);

  /// Takes the place of a former one of this name. Errors: `limit_reached` past `hooks_max`;
  /// `shutdown` once they are called. Any thread.
  [[nodiscard]] Result<void> add(std::string name, Hook hook, std::size_t hooks_max);

  /// Calls the first. Where there is nothing to hand over, `is_needed` is false and all is over.
  void begin(bool is_needed, TimePoint deadline);
  /// Calls the next where one is done. True once all is over, and then always.
  [[nodiscard]] bool advance(TimePoint now);
  [[nodiscard]] TimePoint next_deadline() const noexcept {
    return state_ == State::running ? deadline_ : TimePoint::max();
  }
  /// Nobody waits for them any more, as this life is over.
  void give_up();
  /// The same by an order, which may come before begin().
  void skip();
  struct Failure {
    std::string name;
    Error error;
  };
  /// The hooks that were not done in time, or failed, in their order.
  [[nodiscard]] const std::vector<Failure>& failures() const noexcept { return failures_; }

  /// Nobody is woken any more.
  void close();

 private:
  enum class State : std::uint8_t { registering, running, over };
  struct Named {
    std::string name;
    Hook hook;
  };
  /// What the running hook and this have in common; it may be done after all is over.
  struct Running {
    std::mutex mutex;
    std::function<void()> wake;  // Null once closed.
    std::size_t number = 0;      // Of the hook whose turn it is; 0 for none.
    std::optional<Result<void>> result;

    void finish(std::size_t hook, Result<void> how);
    [[nodiscard]] bool may_begin(std::size_t hook);
  };

  void call_next();
  void set_state(State state);
  void give_up(ErrorCode code, const char* called, const char* waiting);

  const std::shared_ptr<Running> running_;
  std::mutex mutex_;  // Of the hooks, while they are registered, and of what the state becomes.
  std::vector<Named> hooks_;
  State state_ = State::registering;
  std::size_t called_ = 0;  // How many have been.
  bool is_done_ = false;    // The last of these.
  bool is_skipped_ = false;
  TimePoint deadline_;
  std::vector<Failure> failures_;
};

}  // namespace troupe::cluster
