// SpawnOptions: what is said of an actor where it is made: lifetime, mailbox, dispatcher,
// middleware.
//
//   system.spawn<Log>("log", with(blocking(), bounded(10'000, Overflow::block)), "bank.log");
//
// They hold for the actor's whole life, across restarts. Out of its range one fails the spawn with
// `invalid_setting`.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <troupe/actor/stop_policy.hpp>
#include <utility>
#include <vector>

namespace troupe {

class Middleware;

/// What becomes of a message for which a bounded mailbox has no room. An ask fails with
/// `mailbox_full` at once, whatever the policy.
enum class Overflow : std::uint8_t {
  drop_new,     ///< The new message is a dead letter.
  drop_oldest,  ///< The oldest queued message is a dead letter, the new one is queued.
  reject,       ///< The new message is a dead letter, and the sender gets MessageRejected.
  block,  ///< A thread outside of the system waits; a handler waits in `co_await send(...)`, and
          ///< what it tells instead, or what a then() or pipe() tells, is a dead letter.
};

/// Limits of one mailbox [none]. What was sent to the actor counts until its turn comes; the stash
/// does not, and has a limit of its own. System messages, timers' and Terminated are not counted.
struct MailboxBound {
  std::size_t messages_max = SIZE_MAX;  ///< At least 1.
  /// By the size of envelopes, without what messages own elsewhere. At least 64.
  std::size_t bytes_max = SIZE_MAX;
  Overflow overflow = Overflow::drop_new;
};

/// At most `messages` wait, and at most `bytes` of envelopes. Such a mailbox has a lock, which one
/// without limits has not.
[[nodiscard]] constexpr MailboxBound bounded(std::size_t messages, Overflow overflow,
                                             std::size_t bytes = SIZE_MAX) noexcept {
  return {messages, bytes, overflow};
}

/// A mailbox on storage: what it has taken survives the process, and is handled at least once, in
/// order; see docs/durability.md. Made by durable_mailbox().
struct DurableMailbox {
  /// Of the queue on storage: 1 to 255 bytes. One actor at a time has it.
  std::string queue = {};
  /// How often a message is tried again whose handler failed, before it goes to the dead-letter
  /// queue. 0: never.
  unsigned retries = 5;
  /// Before the first of them; doubled for each further one. Meanwhile the messages behind it wait.
  /// Must be positive.
  Duration retry_pause = std::chrono::milliseconds(100);
  /// At least retry_pause.
  Duration retry_pause_max = std::chrono::seconds(10);
  /// Messages that are in memory, to be handled next; the others are on storage alone. Those that
  /// are put aside with stash() do not count. At least 1.
  std::size_t window_messages = 256;
  /// The same in bytes, but one message at least. At least 1.
  std::size_t window_bytes = std::size_t{1} << 20U;
  /// Messages that wait for storage, and their bytes; past it they are dead letters. At least 1.
  std::size_t waiting_messages_max = 100'000;
  std::size_t waiting_bytes_max = std::size_t{64} << 20U;
  /// How long a message waits for storage that is away. Must be positive.
  Duration waiting_max = std::chrono::seconds(10);
};

/// The actor's messages go through the queue of this name on storage, which the system, or its
/// Node, has to have. Not together with bounded(), nor with stop_after_idle(): the spawn fails with
/// `invalid_setting`; with `name_taken` where another actor has the queue.
///
///   node.spawn<Orders>("orders", with(durable_mailbox("orders", {.retries = 3})));
[[nodiscard]] inline DurableMailbox durable_mailbox(std::string queue, DurableMailbox limits = {}) {
  limits.queue = std::move(queue);
  return limits;
}

/// The actor runs on threads of their own, where it may block.
struct BlockingDispatcher {};
/// For actors that wait for a disk, a database or a Future::get(). They share at most
/// SystemSettings::blocking_threads_max threads [64]; past it those that have something to do wait
/// for one. Where the machine gives none at all, they run among the others, and hold those up.
[[nodiscard]] constexpr BlockingDispatcher blocking() noexcept { return {}; }

/// The actor's middleware; the first is outermost. A null pointer fails the spawn with
/// `invalid_setting`.
struct MiddlewareChain {
  std::vector<std::shared_ptr<Middleware>> chain;
};
template <class... Links>
[[nodiscard]] MiddlewareChain middleware(std::shared_ptr<Links>... links) {
  return {{std::move(links)...}};
}

/// Made by with(); what is not said has the default.
struct SpawnOptions {
  /// In place of the class's own [the class's stop_policy, else never()].
  std::optional<StopPolicy> stop_policy;
  /// Besides the stop policy, and not in place of it [none].
  std::optional<StopAfterMessage> stop_after_message;
  /// [no limits: the mailbox grows as long as there is memory]
  std::optional<MailboxBound> bound;
  std::optional<DurableMailbox> durable;                ///< [in memory alone]
  bool blocking = false;                                ///< See blocking().
  std::vector<std::shared_ptr<Middleware>> middleware;  ///< See middleware().

  // For with(): of two options of one sort the later one holds.

  void add(StopPolicy policy) { stop_policy = policy; }
  void add(StopAfterMessage policy) { stop_after_message = std::move(policy); }
  void add(MailboxBound limits) { bound = limits; }
  void add(DurableMailbox mailbox) { durable = std::move(mailbox); }
  void add(BlockingDispatcher) { blocking = true; }
  void add(MiddlewareChain links) { middleware = std::move(links.chain); }
};

/// Options for spawn(): `with(stop_after_idle(5min), bounded(256, Overflow::drop_new))`.
template <class... Options>
[[nodiscard]] SpawnOptions with(Options... options) {
  SpawnOptions all;
  (all.add(std::move(options)), ...);
  return all;
}

}  // namespace troupe
