// ActorRef: where to send messages for one actor, on this node or another.
//
// A plain value of 16 bytes: it counts nothing and keeps nothing alive. A ref to an actor that has
// ended stays safe to use; its messages become dead letters. So does one to an actor of a system
// that is gone: its messages are dropped, in the books of the actor that sends them, if one does.
// Refs may be copied, compared, hashed, and put into messages, also those to other nodes. Equal
// ones lead to the same actor. But one that select() makes of another node's path leads to the
// path, and equals none that the actor there gives to others.
//
//   account.tell(Deposit{500});                                      // any thread
//   Result<int> cents = account.ask(Balance{}).get();                // a thread of your own
//   Result<int> cents = co_await ask<Balance>(account, {});          // a handler
//
// Here is what refs are and what they promise; the templates that send are in actor_ref.hpp. Who
// keeps a ref, or has one in a message, needs no more than this.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <troupe/actor/accepts.hpp>
#include <troupe/actor/made.hpp>
#include <troupe/base/clock.hpp>
#include <troupe/base/result.hpp>
#include <type_traits>
#include <utility>

namespace troupe {

class RemoteTarget;
template <class R>
class Future;
template <class R>
class StatementFuture;

namespace runtime {

class Cell;
/// The cell that a null ref points to: closed for ever.
extern Cell nobody;

}  // namespace runtime

/// What a ref to a remote actor says besides its target.
struct RemoteId {
  /// Whatever the target stands for now has number 0; for who keeps that from being forgotten.
  constexpr RemoteId(std::uint64_t id,  // NOLINT(google-explicit-constructor)
                     std::uint16_t which = 0) noexcept
      : actor(id), number(which) {}

  std::uint64_t actor;   ///< The id within the target.
  std::uint16_t number;  ///< For which of all that the target has stood for, one after the other.
};

/// How long an ask waits for its answer when nothing else is said. 0 is no time at all, and
/// Duration::max() for ever; less than 0 is refused.
inline constexpr Duration default_ask_timeout = std::chrono::seconds(5);

/// The future of `ref.ask(request)` for an argument of type M, or of an ask of a temporary actor
/// that is made of Args: not to be awaited in the same expression where one would be at risk.
template <class M, class... Args>
using FutureOfAsk =
    std::conditional_t<runtime::is_at_risk<M> || (runtime::is_at_risk<Args> || ...),
                       StatementFuture<ReplyOf<MessageIn<M>>>, Future<ReplyOf<MessageIn<M>>>>;

/// A ref to an actor whose protocol is not known here. Messages that the actor does not accept end
/// as `unknown_type`.
class AnyRef {
 public:
  /// A null ref: what is sent to it becomes a dead letter of the sender's system; of none where the
  /// sender is no actor. An ask fails as `no_such_actor`.
  constexpr AnyRef() noexcept = default;

  /// Of the runtime: a cell or, with the lowest bit set, a remote target, with its number in the
  /// highest 16 bits; and the id there.
  constexpr AnyRef(std::uintptr_t target, std::uint64_t id) noexcept : target_(target), id_(id) {}
  AnyRef(runtime::Cell* cell, std::uint64_t id) noexcept
      : target_(reinterpret_cast<std::uintptr_t>(cell)), id_(id) {}
  AnyRef(RemoteTarget* target, RemoteId id) noexcept
      : target_(reinterpret_cast<std::uintptr_t>(target) | remote_bit |
                std::uintptr_t{id.number} << number_shift),
        id_(id.actor) {}

  /// Hands over one message, at most once, and returns at once.
  ///
  /// A refused message goes to dead letters; try_tell() tells of it instead. Messages from one
  /// sender to one ref arrive in the order they were sent. A thread outside of the system waits for
  /// room where the mailbox has Overflow::block, and yields to workers that are far behind. Without
  /// memory for it the message is dropped and counted as `limit_reached`. Any thread.
  template <class M>
  void tell(M message) const;

  /// As tell(), but says why the message was refused: `mailbox_full`, `actor_stopped`,
  /// `no_such_actor` for a null ref, `shutdown`, and for remote actors what is known at once, such
  /// as `not_serialisable`, `node_down`, `node_unreachable`, `link_full`, `mailbox_full`,
  /// `unknown_type`, `frame_too_large` or `limit_reached`. Such an error always says that
  /// the message definitely is not handled. Success says only that it was taken: whoever has it may
  /// drop it yet, as where it meets its actor's end. Never waits. Any thread.
  template <class M>
  [[nodiscard]] Result<void> try_tell(M message) const;

  /// Sends a request; its answer, or the reason why there is none, comes with the future. With a
  /// negative timeout it is not sent, and fails as `invalid_setting`. The time runs from here, by
  /// the system's clock; a request whose time is over when its turn comes is dropped
  /// as `expired`. It never waits for room: a full mailbox is `mailbox_full` at once. Dropping the
  /// future takes nothing back: the request is handled, and its answer dropped. Inside a
  /// handler prefer `co_await ask<Order>(ref, {item, note}, timeout)`, which costs less. Any
  /// thread.
  ///
  /// In a co_await write `ref.ask<Order>({item, note})`: g++ before 13 destroys the strings of the
  /// Order twice in `co_await ref.ask(Order{item, note})`, so that does not compile there. In a
  /// statement, `Future<R> answer = ref.ask(Order{item, note});` is as good, and can be awaited
  /// later. See made.hpp.
  template <int&... deduced, class M>
    requires Request<MessageIn<M>>
  [[nodiscard]] FutureOfAsk<M> ask(M&& request, Duration timeout = default_ask_timeout) const;
  /// The same of a request that is made here: `ref.ask<Order>({item, note}, 1s)`. Its future may be
  /// awaited in the same expression with every compiler.
  template <Request M>
  [[nodiscard]] Future<ReplyOf<M>> ask(Made<M> request,
                                       Duration timeout = default_ask_timeout) const;

  /// The actor's path, such as "/user/manager/worker", with "troupe://name@host:port" before it for
  /// one on another node. Of an actor that was given no name, and has ended, the last part alone,
  /// "/$1f"; so it is for one without a name on another node, and for one of which that node has
  /// sent nothing to this one. Any thread; takes a lock.
  [[nodiscard]] std::string path() const;

  /// False for a null ref. Says nothing about the actor's life.
  explicit operator bool() const noexcept { return target_ != 0; }

  /// Whether its messages go to another node.
  [[nodiscard]] bool is_remote() const noexcept { return (target_ & remote_bit) != 0; }

  // What follows is of the runtime: the parts that the ref is made of.

  /// The cell; only when not remote.
  [[nodiscard]] runtime::Cell* cell() const noexcept {
    return target_ != 0 ? reinterpret_cast<runtime::Cell*>(target_) : &runtime::nobody;
  }
  /// The remote target; only when remote.
  [[nodiscard]] RemoteTarget* remote() const noexcept {
    return reinterpret_cast<RemoteTarget*>(target_ & pointer_mask & ~remote_bit);
  }
  [[nodiscard]] RemoteId remote_id() const noexcept {
    return {id_, static_cast<std::uint16_t>(target_ >> number_shift)};
  }
  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
  [[nodiscard]] std::uintptr_t target() const noexcept { return target_; }

  friend bool operator==(const AnyRef&, const AnyRef&) noexcept = default;
  /// Some order, for maps; it differs from one run of a program to the next.
  friend auto operator<=>(const AnyRef&, const AnyRef&) noexcept = default;

 private:
  static constexpr std::uintptr_t remote_bit = 1;
  /// Processes have pointers of 48 bits at the most, unless they ask the kernel for more.
  static constexpr unsigned number_shift = 48;
  static constexpr std::uintptr_t pointer_mask = (std::uintptr_t{1} << number_shift) - 1;

  template <Request M>
  [[nodiscard]] Future<ReplyOf<M>> send_ask(M request, Duration timeout) const;

  std::uintptr_t target_ = 0;
  std::uint64_t id_ = 0;
};

/// A ref to an actor that accepts the messages of Protocol; another message does not compile.
/// Converts to a ref to fewer of them, in whatever order, and to an AnyRef:
///
///   troupe::ActorRef<troupe::Accepts<Deposit>> cashier = account;  // account takes Balance, too
template <class Protocol>
class ActorRef {
 public:
  /// A null ref, as AnyRef's.
  constexpr ActorRef() noexcept = default;

  /// Trusts the caller that the actor accepts the protocol; other messages end as `unknown_type`.
  explicit constexpr ActorRef(AnyRef ref) noexcept : ref_(ref) {}

  /// A ref to an actor that accepts these messages and others. Implicit, as it cannot fail.
  template <class Wider>
    requires(!std::is_same_v<Wider, Protocol> && covers<Wider, Protocol>)
  ActorRef(const ActorRef<Wider>& wider) noexcept
      : ref_(wider) {}  // NOLINT(google-explicit-constructor)

  /// Forgets what the actor accepts: for watch(), stop() and the like, which take any ref.
  operator AnyRef() const noexcept { return ref_; }  // NOLINT(google-explicit-constructor)

  /// AnyRef::tell() for an accepted message. Any thread.
  template <AcceptedBy<Protocol> M>
  void tell(M message) const {
    ref_.tell(std::move(message));
  }

  /// AnyRef::try_tell() for an accepted message. Any thread.
  template <AcceptedBy<Protocol> M>
  [[nodiscard]] Result<void> try_tell(M message) const {
    return ref_.try_tell(std::move(message));
  }

  /// AnyRef::ask() for an accepted request. Any thread.
  template <int&... deduced, class M>
    requires Request<MessageIn<M>> && AcceptedBy<MessageIn<M>, Protocol>
  [[nodiscard]] FutureOfAsk<M> ask(M&& request, Duration timeout = default_ask_timeout) const {
    return ref_.ask(std::forward<M>(request), timeout);
  }
  /// The same of a request that is made here: `account.ask<Transfer>({500, to})`. Any thread.
  template <AcceptedBy<Protocol> M>
    requires Request<M>
  [[nodiscard]] Future<ReplyOf<M>> ask(Made<M> request,
                                       Duration timeout = default_ask_timeout) const {
    return ref_.ask(std::move(request), timeout);
  }

  /// AnyRef::path(). Any thread; takes a lock.
  [[nodiscard]] std::string path() const { return ref_.path(); }
  /// False for a null ref.
  explicit operator bool() const noexcept { return static_cast<bool>(ref_); }

  friend bool operator==(const ActorRef&, const ActorRef&) noexcept = default;
  friend auto operator<=>(const ActorRef&, const ActorRef&) noexcept = default;

 private:
  AnyRef ref_;
};

namespace runtime {

/// The protocol that a user names by itself, or by the class of an actor.
template <class T>
struct NamedProtocol {
  static_assert(
      requires { typename T::Protocol; },
      "a ref is to an actor class, which has `using Protocol = troupe::Accepts<...>;`, or to a "
      "protocol");
  using Type = typename T::Protocol;
};
template <class... Ms>
struct NamedProtocol<Accepts<Ms...>> {
  using Type = Accepts<Ms...>;
};

}  // namespace runtime

/// A ref to an actor of class T: RefTo<Account> is ActorRef<Account::Protocol>. T has to be defined
/// by then, so T itself says `ActorRef<Protocol>`. T may be a protocol, too:
/// RefTo<Accepts<Deposit>> is ActorRef<Accepts<Deposit>>.
template <class T>
using RefTo = ActorRef<typename runtime::NamedProtocol<T>::Type>;

namespace runtime {

/// Whether an actor with this ref accepts M, as far as its type tells.
template <class Ref, class M>
inline constexpr bool ref_accepts = true;
template <class Protocol, class M>
inline constexpr bool ref_accepts<ActorRef<Protocol>, M> = AcceptedBy<M, Protocol>;

}  // namespace runtime

}  // namespace troupe

/// Of the ref and not of the actor's path; so it is no key for what outlives the process.
template <>
struct std::hash<troupe::AnyRef> {
  std::size_t operator()(const troupe::AnyRef& ref) const noexcept {
    return static_cast<std::size_t>((ref.target() ^ ref.id()) * 0x9e3779b97f4a7c15U);
  }
};

/// That of the AnyRef which it converts to.
template <class Protocol>
struct std::hash<troupe::ActorRef<Protocol>> {
  std::size_t operator()(const troupe::ActorRef<Protocol>& ref) const noexcept {
    return std::hash<troupe::AnyRef>()(ref);
  }
};
