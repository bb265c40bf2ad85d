// EventStream: publishing without knowing who listens. The system's own events come on it too:
// those of actors below, DeadLetter, and on a node NodeUnreachable, NodeDown and their like.
//
//   struct PriceChanged { int cents = 0; };
//
//   system.events().subscribe<PriceChanged>(display);      // its Protocol has PriceChanged
//   system.events().publish(PriceChanged{499});
//
// One stream for each system: another node hears nothing of it, but for actors there that were
// subscribed here, to events that can be serialised. Nothing is kept: who subscribes later has
// missed it. There is no order among events of different publishers.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <troupe/actor/death_watch.hpp>
#include <troupe/actor/ref.hpp>
#include <troupe/actor/runtime/cell.hpp>
#include <troupe/actor/runtime/thread_context.hpp>
#include <unordered_map>
#include <vector>

namespace troupe {

// The system's own events. The path comes with the ref, as it may be forgotten by the time that
// the event is handled. All stay in the process.

/// An actor was made: its constructor has returned. Its on_start() may be still to come.
struct ActorStarted {
  static constexpr bool local_message = true;
  AnyRef ref;
  std::string path;
};
/// An actor has ended, for this reason; `ref` reaches nobody any more. Not of one whose first
/// constructor threw: that was never started.
struct ActorStopped {
  static constexpr bool local_message = true;
  AnyRef ref;
  std::string path;
  StopReason reason;
};
/// An actor has a new instance in place of the one that failed with `error`, or that was restarted
/// with a sibling. Its ref is the same. After after_restart().
struct ActorRestarted {
  static constexpr bool local_message = true;
  AnyRef ref;
  std::string path;
  Error error;
};
/// A message of this type, by its wire name, that its actor has no handler for. It is a dead letter
/// as well, `unknown_type`.
struct Unhandled {
  static constexpr bool local_message = true;
  AnyRef ref;
  std::string path;
  std::string type;
};

namespace runtime {

/// How an event gets to a subscriber. What is refused is a dead letter. Given from above: delivery
/// publishes its dead letters on this stream.
struct EventDelivery {
  /// To an actor of this process. Takes the envelope.
  void (*to_actor)(Cell* subscriber, Envelope* event) noexcept;
  /// To one on another node.
  void (*to_remote)(const AnyRef& subscriber, const MessageType& type, const void* event) noexcept;
};

}  // namespace runtime

/// Any thread; never waits. Events go to subscribers as ordinary messages, and what a full mailbox
/// does not take is a dead letter. A subscriber is forgotten at its end; one of another system of
/// this process by the next event, or when as many as there were have subscribed after it; one on
/// another node when it is unsubscribed.
class EventStream {
 public:
  /// Of the runtime.
  explicit EventStream(const runtime::EventDelivery& delivery) noexcept : delivery_(delivery) {}

  /// From now on `subscriber` gets every event of type E, once each, however often it subscribes.
  /// Across its restarts, until it ends. In a handler: `events().subscribe<E>(self<Protocol>())`.
  /// Nothing for one that has ended.
  template <class E, class Protocol>
    requires AcceptedBy<E, Protocol>
  void subscribe(ActorRef<Protocol> subscriber) {
    add(runtime::message_type<E>, subscriber);
  }

  /// What is published from now on does not go to `subscriber`; what is in its mailbox does.
  /// Nothing for one that has not subscribed to events of type E.
  template <class E>
  void unsubscribe(AnyRef subscriber) {
    remove(runtime::message_type<E>, subscriber);
  }

  /// Sends a copy to each who has subscribed to events of this very type; bases do not count.
  /// Handlers and other threads may publish; in a handler the actor is the sender. Takes as long as
  /// one tell for each subscriber, on this thread. Also where a mailbox has Overflow::block it does
  /// not wait.
  template <class E>
  void publish(const E& event) {
    if (!has_subscribers<E>()) return;
    for (const AnyRef& subscriber : subscribers(runtime::message_type<E>)) {
      tell(subscriber, event);
    }
  }

  /// False means that publish() would do nothing: so an event that nobody wants need not be made.
  /// One load while there are no subscribers at all.
  template <class E>
  [[nodiscard]] bool has_subscribers() const {
    return any_.load(std::memory_order_relaxed) && has_any(runtime::message_type<E>);
  }

  /// Of the runtime: the actor of this process has ended, and its inbox is closed.
  void forget(const AnyRef& ended) noexcept {
    if (counts_[slot_of(ended)].load(std::memory_order_seq_cst) != 0) forget_everywhere(ended);
  }

 private:
  /// In the order of subscription, but that the last one takes the place of one that goes.
  struct Subscribers {
    std::vector<AnyRef> list;
    std::unordered_map<AnyRef, std::size_t> places;
    std::size_t looked_at = 16;  ///< At so many it is looked which of them live.
  };

  template <class E>
  void tell(const AnyRef& subscriber, const E& event) {
    if (subscriber.is_remote()) {
      return delivery_.to_remote(subscriber, runtime::message_type<E>, &event);
    }
    if (!lives(subscriber)) return forget(subscriber);
    delivery_.to_actor(subscriber.cell(),
                       runtime::make_envelope(runtime::Kind::user, subscriber.id(),
                                              runtime::this_thread.sender, event));
  }

  /// Whether a subscriber of this process has not ended.
  [[nodiscard]] static bool lives(const AnyRef& subscriber) noexcept {
    const runtime::Cell* cell = subscriber.cell();
    return cell->id.load(std::memory_order_relaxed) == subscriber.id() &&
           cell->inbox.load(std::memory_order_seq_cst) != runtime::Cell::closed;
  }
  [[nodiscard]] static std::size_t slot_of(const AnyRef& subscriber) noexcept {
    return std::hash<AnyRef>()(subscriber) >> 58U;
  }

  void add(const runtime::MessageType& type, AnyRef subscriber);
  void remove(const runtime::MessageType& type, AnyRef subscriber);
  void remove_from(Subscribers& subscribers, const AnyRef& subscriber);
  void forget_everywhere(const AnyRef& ended) noexcept;
  void remove_the_dead(Subscribers& subscribers);
  [[nodiscard]] bool has_any(const runtime::MessageType& type) const;
  [[nodiscard]] std::vector<AnyRef> subscribers(const runtime::MessageType& type) const;

  static constexpr std::size_t slots = 64;

  const runtime::EventDelivery delivery_;
  std::atomic<bool> any_{false};
  // Subscriptions by a hash of the subscriber: most actors that end see at one look that they have
  // none. Who subscribes counts and then looks whether the actor lives, and who ends does so the
  // other way round, all sequentially consistent: one of the two sees the other.
  std::array<std::atomic<std::uint32_t>, slots> counts_{};
  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, Subscribers> by_type_;
};

}  // namespace troupe
