// RemoteTarget: the port through which a message leaves the process.
//
// The actor layer knows no sockets: it hands a message to the port, which encodes it on the calling
// thread. The transport implements it, one object for each peer or remote path. Like cells, these
// objects are never unmapped, because refs point to them; one may stand for another peer or path
// later, and refs say for which of them they are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <troupe/actor/ports/envelope.hpp>
#include <troupe/actor/ref.hpp>
#include <utility>

namespace troupe {

namespace wire {
class RefPort;
}

struct Terminated;

namespace runtime {

class SystemAnchor;
template <class R>
class FutureState;
struct OrderEnd;
struct RemoteSignal;

}  // namespace runtime

class RemoteTarget {
 public:
  /// Sends one message, at most once, behind those that this thread sent before. `sender` is the
  /// local actor that sends, or 0. Says what is known at once to keep it from arriving. Any thread.
  [[nodiscard]] virtual std::optional<ErrorCode> tell(RemoteId actor, runtime::ActorId sender,
                                                      const runtime::MessageType& type,
                                                      const void* message) noexcept = 0;

  /// What became of a message whose sender can wait.
  struct Sending {
    std::optional<ErrorCode> refused = {};        ///< It definitely will not arrive.
    runtime::FutureState<void>* later = nullptr;  ///< It waits: a reference, for the caller.
  };
  /// As tell(), for a sender that can wait: where so much waits to be sent there that it should,
  /// `later` is done once the message has found room, or when it definitely will not arrive. Any
  /// thread.
  [[nodiscard]] virtual Sending send(RemoteId actor, runtime::ActorId sender,
                                     const runtime::MessageType& type,
                                     const void* message) noexcept {
    return {tell(actor, sender, type, message)};
  }

  /// Sends a request. On success it takes over the envelope's asker: the answer, or an error, comes
  /// to it exactly once, at the deadline at the latest. Any thread.
  [[nodiscard]] virtual std::optional<ErrorCode> ask(RemoteId actor,
                                                     runtime::Envelope* request) noexcept = 0;

  /// Lets the local actor `watcher` hear of an actor's end: exactly one notice of kind `terminated`
  /// with the ref of this target and id, behind all that the ended actor sent to it. Once for each
  /// pair, until unwatch(). False where the link carries no watches. Any thread.
  [[nodiscard]] virtual bool watch(RemoteId actor, runtime::ActorId watcher) noexcept {
    static_cast<void>(actor), static_cast<void>(watcher);
    return false;
  }
  /// Ends what watch() began; a notice that is on its way may still come. Any thread.
  virtual void unwatch(RemoteId actor, runtime::ActorId watcher) noexcept {
    static_cast<void>(actor), static_cast<void>(watcher);
  }

  /// Tells the watcher that it knows as `watch` of the end of an actor here, behind all that the
  /// ended actor sent there. Any thread.
  virtual void tell_watcher(RemoteId watch, const Terminated& notice) noexcept {
    static_cast<void>(watch), static_cast<void>(notice);
  }

  /// Tells the other node's runtime, exactly once and behind what was signalled before, or never if
  /// the node is declared down. Any thread.
  virtual void signal(runtime::RemoteSignal signal) noexcept;
  /// Signals an order to end this actor.
  virtual void order_end(RemoteId actor, runtime::OrderEnd order) noexcept;

  /// Counts, and logs at a limited rate, that something which the node has signalled is passed
  /// over: it comes too late, as happens, or is no business of that node's. `what` is the signal,
  /// in words. Any thread.
  virtual void passed_over(std::string_view what) noexcept { static_cast<void>(what); }

  /// What all targets of one node have in common, in whatever life of it. Any thread.
  [[nodiscard]] virtual const void* node_key() const noexcept { return this; }

  /// Whether the node can be reached at this moment, for all that is known. Any thread.
  [[nodiscard]] virtual bool is_reachable() const noexcept { return true; }

  /// Whether refs to it name whoever is at a path there, and not one actor. Any thread.
  [[nodiscard]] virtual bool is_path() const noexcept { return false; }
  /// Keeps what it stands for from being forgotten, until let_go(); by whoever uses it already.
  virtual void hold() noexcept {}
  virtual void let_go() noexcept {}

  /// Writes and reads the refs in what is signalled; null where the link carries none. Any thread.
  [[nodiscard]] virtual wire::RefPort* ref_port() noexcept { return nullptr; }

  /// More about why something for this actor was refused for this reason, to be appended to an
  /// error; empty where the reason says it all. Any thread.
  [[nodiscard]] virtual std::string why(RemoteId actor, ErrorCode reason) const {
    static_cast<void>(actor), static_cast<void>(reason);
    return {};
  }

  /// A ref to an actor there. Any thread.
  [[nodiscard]] virtual AnyRef actor(runtime::ActorId id) noexcept { return {this, id}; }

  /// The whole path of an actor there. Any thread.
  [[nodiscard]] virtual std::string path(RemoteId actor) const = 0;

  /// The system whose link this actor's is: it times the asks of other threads, and keeps what is
  /// refused as dead letters. Null when it is gone. Any thread.
  [[nodiscard]] virtual runtime::SystemAnchor* anchor(RemoteId actor) const noexcept = 0;

 protected:
  ~RemoteTarget() = default;
};

/// A remote target that is kept from forgetting what it stands for. Owner only.
class HeldTarget {
 public:
  HeldTarget() noexcept = default;
  /// Of one that the caller uses already; null for none.
  HeldTarget(RemoteTarget* target)  // NOLINT(google-explicit-constructor)
      noexcept
      : target_(target) {
    if (target_ != nullptr) target_->hold();
  }
  HeldTarget(const HeldTarget& other) noexcept : HeldTarget(other.target_) {}
  HeldTarget(HeldTarget&& other) noexcept : target_(std::exchange(other.target_, nullptr)) {}
  HeldTarget& operator=(HeldTarget other) noexcept {
    std::swap(target_, other.target_);
    return *this;
  }
  ~HeldTarget() {
    if (target_ != nullptr) target_->let_go();
  }

  [[nodiscard]] RemoteTarget* get() const noexcept { return target_; }
  RemoteTarget& operator*() const noexcept { return *target_; }
  RemoteTarget* operator->() const noexcept { return target_; }
  friend bool operator==(const HeldTarget&, const HeldTarget&) noexcept = default;

 private:
  RemoteTarget* target_ = nullptr;
};

}  // namespace troupe
