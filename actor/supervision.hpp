// Supervision: what a parent decides when a child fails.
//
// A strategy is a value that the parent returns from supervision(). It maps a failure to a
// directive by the first rule that fits, and says which children the directive is for. The decision
// itself runs in the parent's turn.
//
//   troupe::SupervisorStrategy supervision() const override {
//     return troupe::one_for_one({.restarts = 5, .within = 1min})
//         .on<BadInput>(troupe::Directive::resume)
//         .on(troupe::ErrorCode::start_failed, troupe::Directive::stop)
//         .backoff({.initial = 100ms, .max = 10s});
//   }
//
// A failed actor handles nothing until the directive comes; what is sent to it waits. Its asker has
// been answered with the error before that. A second failure meanwhile is only logged.
#pragma once

#include <deque>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <troupe/actor/child_failed.hpp>
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/random.hpp>
#include <typeinfo>
#include <vector>

namespace troupe {

/// What becomes of a child that has failed. The message that failed is not handled again, unless
/// its actor's on_poison() says so.
enum class Directive : std::uint8_t {
  resume,    ///< Go on with the next message; the state is kept.
  restart,   ///< A new instance behind the same ref; mailbox and stash are kept.
  stop,      ///< End the child.
  escalate,  ///< Fail as the failed child of the own parent. At the root, and from an actor that is
             ///< ending, the child is stopped.
};

/// As the enumerator is written, for example "restart". Any thread.
[[nodiscard]] std::string_view to_string(Directive directive) noexcept;

/// To which children a restart or a stop applies. A resume is for the failed child alone, and an
/// escalation concerns all as the parent's own failure. Only the failed child's restarts are
/// counted; where they are used up, the stop is for all that the scope names.
enum class SupervisionScope : std::uint8_t {
  one_for_one,   ///< The failed child alone.
  all_for_one,   ///< All children.
  rest_for_one,  ///< The failed child and those that were spawned after it.
};

/// How many restarts a child gets. Past it the child is stopped, and its watchers hear `failed`.
struct RestartLimit {
  /// In any window of the length below; 2'147'483'647 at most. 0: never restarted.
  unsigned restarts = 3;
  Duration within = std::chrono::seconds(60);  ///< Must be positive.
};

/// What a RestartBudget says of a failure.
enum class Verdict : std::uint8_t { restart, stop };

/// Counts the restarts of one child in a window that slides. A pure core: time is an argument.
/// Owner only. Keeps a time for each restart in the window.
class RestartBudget {
 public:
  explicit RestartBudget(RestartLimit limit) : limit_(limit) {}

  /// A failure that would lead to a restart: `stop` once the restarts in the window before `now`
  /// are used up. Times must not go back.
  [[nodiscard]] Verdict on_failure(TimePoint now);

 private:
  RestartLimit limit_;
  std::deque<TimePoint> restarts_;
};

/// Pause before a restart: `initial` before the first one in the window, doubled for each further
/// one up to `max`, each shortened at random by up to `jitter` of itself. Once no restart was
/// needed for RestartLimit::within it is `initial` again. During a pause the child's messages wait,
/// and it can be stopped.
struct RestartBackoff {
  Duration initial{0};  ///< Not negative.
  Duration max{0};      ///< 0: as `initial`, so that no pause is doubled; else at least `initial`.
  double jitter = 0.2;  ///< In [0, 1].
};

/// The pause before restart number `restart` (1 is the first). `chance` is in [0, 1).
[[nodiscard]] Duration restart_pause(const RestartBackoff& backoff, unsigned restart,
                                     double chance) noexcept;

/// Rules from failures to directives; see one_for_one() and its siblings. What is out of its range
/// is refused where it is said: throws Failure with `invalid_setting`. A value; its functions give
/// the strategy itself, to be continued.
class SupervisorStrategy {
 public:
  /// As one_for_one() and its siblings.
  SupervisorStrategy(SupervisionScope scope, RestartLimit limit);

  /// Exceptions of type E, or derived from it, get this directive, wherever the child is. Earlier
  /// rules win.
  template <class E>
  SupervisorStrategy& on(Directive directive) & {
    rules_.push_back({[](const ChildFailed& failed) { return is<E>(failed); }, directive});
    return *this;
  }
  template <class E>
  SupervisorStrategy&& on(Directive directive) && {
    return std::move(on<E>(directive));
  }

  /// Failures with this code get this directive: see ChildFailed::error. Earlier rules win, be they
  /// of types or of codes.
  SupervisorStrategy& on(ErrorCode code, Directive directive) &;
  SupervisorStrategy&& on(ErrorCode code, Directive directive) &&;

  /// What no rule fits gets this directive [restart].
  SupervisorStrategy& otherwise(Directive directive) &;
  SupervisorStrategy&& otherwise(Directive directive) &&;

  /// Restarts wait; see RestartBackoff, whose ranges are checked. Off by default.
  SupervisorStrategy& backoff(RestartBackoff backoff) &;
  SupervisorStrategy&& backoff(RestartBackoff backoff) &&;

  /// What the first rule that fits says, else otherwise()'s. Does not count restarts.
  [[nodiscard]] Directive decide(const ChildFailed& failed) const;
  [[nodiscard]] SupervisionScope scope() const noexcept { return scope_; }
  [[nodiscard]] RestartLimit limit() const noexcept { return limit_; }
  [[nodiscard]] const RestartBackoff& backoff() const noexcept { return backoff_; }

 private:
  struct Rule {
    std::function<bool(const ChildFailed&)> fits;
    Directive directive;
  };

  /// The language tells the type of a stored exception only to a catch.
  template <class E>
  static bool is(const ChildFailed& failed) {
    if (failed.exception == nullptr) return names(failed.exception_types, typeid(E));
    try {
      std::rethrow_exception(failed.exception);
    } catch (const E&) {
      return true;
    } catch (...) {
      return false;
    }
  }

  [[nodiscard]] static bool names(const std::vector<std::string>& types,
                                  const std::type_info& type) noexcept;

  SupervisionScope scope_;
  RestartLimit limit_;
  RestartBackoff backoff_;
  std::vector<Rule> rules_;
  Directive otherwise_ = Directive::restart;
};

/// A failure concerns the failed child alone. The default: 3 restarts in 60 s, without pauses.
[[nodiscard]] SupervisorStrategy one_for_one(RestartLimit limit = {});
/// A failure concerns all children: for those whose states belong together.
[[nodiscard]] SupervisorStrategy all_for_one(RestartLimit limit = {});
/// A failure concerns the failed child and those spawned after it: for those that were made with
/// refs to the ones before.
[[nodiscard]] SupervisorStrategy rest_for_one(RestartLimit limit = {});

}  // namespace troupe
