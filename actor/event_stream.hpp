// EventStream: publishing without knowing who listens. The system's own events come on it too.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <troupe/actor/actor_ref.hpp>
#include <troupe/actor/death_watch.hpp>
#include <unordered_map>
#include <vector>

namespace troupe {

struct ActorStarted {
  static constexpr bool local_message = true;
  AnyRef ref;
  std::string path;
};
struct ActorStopped {
  static constexpr bool local_message = true;
  AnyRef ref;
  std::string path;
  StopReason reason;
};
struct ActorRestarted {
  static constexpr bool local_message = true;
  AnyRef ref;
  std::string path;
  Error error;
};
/// A message that its actor has no handler for.
struct Unhandled {
  static constexpr bool local_message = true;
  AnyRef ref;
  std::string path;
  std::string type;
};

/// Any thread; never waits. Events go to subscribers as ordinary messages, and what a full mailbox
/// does not take is a dead letter. A subscriber that has ended is forgotten when the next event for
/// it comes.
class EventStream {
 public:
  /// From now on `subscriber` gets every event of type E, once each, however often it subscribes.
  template <class E, class Protocol>
    requires AcceptedBy<E, Protocol>
  void subscribe(ActorRef<Protocol> subscriber) {
    add(&runtime::message_type<E>, subscriber);
  }

  template <class E>
  void unsubscribe(AnyRef subscriber) {
    remove(&runtime::message_type<E>, subscriber);
  }

  template <class E>
  void publish(const E& event) {
    if (!has_subscribers<E>()) return;
    for (const AnyRef& subscriber : subscribers(&runtime::message_type<E>)) {
      if (!tell_or_forget(subscriber, event)) remove(&runtime::message_type<E>, subscriber);
    }
  }

  /// False means that publish() would do nothing: so an event that nobody wants need not be made.
  /// One load while there are no subscribers at all.
  template <class E>
  [[nodiscard]] bool has_subscribers() const {
    return any_.load(std::memory_order_relaxed) && !subscribers(&runtime::message_type<E>).empty();
  }

 private:
  template <class E>
  static bool tell_or_forget(const AnyRef& subscriber, const E& event) {
    if (subscriber.is_remote()) {
      subscriber.tell(event);
      return true;
    }
    runtime::Cell* cell = subscriber.cell();
    if (cell->id.load(std::memory_order_relaxed) != subscriber.id() ||
        cell->inbox.load(std::memory_order_relaxed) == runtime::Cell::closed) {
      return false;
    }
    static_cast<void>(
        runtime::try_deliver(cell, runtime::make_envelope(runtime::Kind::user, subscriber.id(),
                                                          runtime::this_thread.sender, event)));
    return true;
  }

  void add(const runtime::MessageType* type, AnyRef subscriber);
  void remove(const runtime::MessageType* type, AnyRef subscriber);
  [[nodiscard]] std::vector<AnyRef> subscribers(const runtime::MessageType* type) const;

  std::atomic<bool> any_{false};
  mutable std::mutex mutex_;
  std::unordered_map<const runtime::MessageType*, std::vector<AnyRef>> subscribers_;
};

}  // namespace troupe
