// RemoteTarget: the port through which a message leaves the process.
//
// The actor layer knows no sockets: it hands a message to the port, which encodes it on the calling
// thread. The transport implements it, one object for each peer or remote path. Like cells, these
// objects are never unmapped, because refs point to them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <troupe/actor/runtime/envelope.hpp>
#include <variant>

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
struct SpawnChild;
struct ChildPlaced;
struct ChildNotPlaced;
struct RemoteChildFailed;
struct RuleChild;
struct ChildEnded;
using RemoteSignal = std::variant<OrderEnd, SpawnChild, ChildPlaced, ChildNotPlaced,
                                  RemoteChildFailed, RuleChild, ChildEnded>;

}  // namespace runtime

class RemoteTarget {
 public:
  /// Sends one message, at most once, behind those that this thread sent before. `actor` is the id
  /// within the target, `sender` the local actor that sends, or 0. Says what is known at once to
  /// keep it from arriving. Any thread.
  [[nodiscard]] virtual std::optional<ErrorCode> tell(std::uint64_t actor, runtime::ActorId sender,
                                                      const runtime::MessageType& type,
                                                      const void* message) noexcept = 0;

  /// What became of a message whose sender can wait.
  struct Sending {
    std::optional<ErrorCode> refused = {};        ///< It surely will not arrive.
    runtime::FutureState<void>* later = nullptr;  ///< It waits: a reference, for the caller.
  };
  /// As tell(), for a sender that can wait: where so much waits to be sent there that it should,
  /// `later` is done once the message has found room, or when it surely will not arrive. Any
  /// thread.
  [[nodiscard]] virtual Sending send(std::uint64_t actor, runtime::ActorId sender,
                                     const runtime::MessageType& type,
                                     const void* message) noexcept {
    return {tell(actor, sender, type, message)};
  }

  /// Sends a request. On success it takes over the envelope's asker: the answer, or an error, comes
  /// to it exactly once, at the deadline at the latest. Any thread.
  [[nodiscard]] virtual std::optional<ErrorCode> ask(std::uint64_t actor,
                                                     runtime::Envelope* request) noexcept = 0;

  /// Lets the local actor `watcher` hear of an actor's end: exactly one notice of kind `terminated`
  /// with the ref of this target and id, behind all that the ended actor sent to it. Once for each
  /// pair, until unwatch(). False where the link carries no watches. Any thread.
  [[nodiscard]] virtual bool watch(std::uint64_t actor, runtime::ActorId watcher) noexcept {
    static_cast<void>(actor), static_cast<void>(watcher);
    return false;
  }
  /// Ends what watch() began; a notice that is on its way may still come. Any thread.
  virtual void unwatch(std::uint64_t actor, runtime::ActorId watcher) noexcept {
    static_cast<void>(actor), static_cast<void>(watcher);
  }

  /// Tells the watcher that it knows as `watch` of the end of an actor here, behind all that the
  /// ended actor sent there. Any thread.
  virtual void tell_watcher(std::uint64_t watch, const Terminated& notice) noexcept {
    static_cast<void>(watch), static_cast<void>(notice);
  }

  /// Tells the other node's runtime, exactly once and behind what was signalled before, or never if
  /// the node is declared down. Any thread.
  virtual void signal(runtime::RemoteSignal signal) noexcept;

  /// What all targets of one node have in common, in whatever life of it. Any thread.
  [[nodiscard]] virtual const void* node_key() const noexcept { return this; }

  /// Whether the node can be reached at this moment, for all that is known. Any thread.
  [[nodiscard]] virtual bool is_reachable() const noexcept { return true; }

  /// Whether refs to it name whoever is at a path there, and not one actor. Any thread.
  [[nodiscard]] virtual bool is_path() const noexcept { return false; }
  /// Keeps what refs to it name from being forgotten, until let_go(); by whoever has just used one.
  virtual void hold() noexcept {}
  virtual void let_go() noexcept {}

  /// Writes and reads the refs in what is signalled; null where the link carries none. Any thread.
  [[nodiscard]] virtual wire::RefPort* ref_port() noexcept { return nullptr; }

  /// More about why something was refused for this reason, to be appended to an error; empty where
  /// the reason says it all. Any thread.
  [[nodiscard]] virtual std::string why(ErrorCode reason) const {
    static_cast<void>(reason);
    return {};
  }

  /// The whole path of an actor there. Any thread.
  [[nodiscard]] virtual std::string path(std::uint64_t actor) const = 0;

  /// The system whose link this is: it times the asks of other threads, and keeps what is refused
  /// as dead letters. Null when it is gone. Any thread.
  [[nodiscard]] virtual runtime::SystemAnchor* anchor() const noexcept = 0;

 protected:
  ~RemoteTarget() = default;
};

}  // namespace troupe
