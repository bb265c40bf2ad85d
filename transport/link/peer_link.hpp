// PeerLink: this node's sending side towards one address: the association, the outboxes that
// threads encode into, the system stream, and the books.
//
// Where several addresses lead to one node, one link is the node's and the others have become part
// of it: what comes to them goes there. See peer_link_merge.cpp.
//
// Its memory is never unmapped, because refs lead to it. Where nobody needs the link any more it is
// forgotten, and the memory is another address's next: a life of it later (LinkWay). Once its
// transport has ended it refuses everything with `shutdown`. What it says of a peer being
// unreachable is what is known at this moment.
#pragma once

#include <atomic>
#include <deque>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <troupe/actor/ports/remote_target.hpp>
#include <troupe/base/spinning_mutex.hpp>
#include <troupe/transport/identity/peer_epoch.hpp>
#include <troupe/transport/link/link_context.hpp>
#include <troupe/transport/link/link_drive.hpp>
#include <troupe/transport/link/link_state.hpp>
#include <troupe/transport/link/link_way.hpp>
#include <troupe/transport/link/never_destroyed.hpp>
#include <troupe/transport/outgoing/watch_book.hpp>
#include <vector>

namespace troupe::transport {

class EncodedFrame;

/// Limit of different message types that one link can name to its peer.
inline constexpr std::size_t named_types_max = 65'536;

/// Those here who depended on a life that is over, or on what could not be said to the one that is
/// there.
struct Dependents {
  std::vector<Watch> watches;
  Parents parents;
};

class PeerLink : public NeverDestroyed, private LinkState {
 public:
  /// Whom a message is for: an actor or a path, of whoever is there, or of one life in one epoch.
  struct Recipient {
    Target target;
    PeerEpoch life = {};
  };

  PeerLink(std::shared_ptr<const NodeAddress> address, LinkContext& context);
  ~PeerLink();

  /// I/O thread, or the table's lock is held.
  [[nodiscard]] const NodeAddress& address() const noexcept { return *address_; }
  [[nodiscard]] const std::shared_ptr<const NodeAddress>& shared_address() const noexcept {
    return address_;
  }
  /// What new ways lead to. The table's lock is held.
  [[nodiscard]] LinkWay::End end() noexcept { return {this, life_}; }

  // Any thread, to the link that the way leads to. Each says why the message definitely will not
  // arrive: `node_unreachable`, `node_down`, `link_full`, `frame_too_large`, `not_serialisable`,
  // `limit_reached` (also where there is no memory for it), `shutdown`, and `unknown_type` for a
  // type that is another there.

  [[nodiscard]] static std::optional<ErrorCode> tell(LinkWay& way, const Recipient& to,
                                                     runtime::ActorId sender,
                                                     const runtime::MessageType& type,
                                                     const void* message);
  /// As RemoteTarget::send(); `mailbox_full` where no more may wait for targets that are held.
  [[nodiscard]] static RemoteTarget::Sending send(LinkWay& way, const Recipient& to,
                                                  runtime::ActorId sender,
                                                  const runtime::MessageType& type,
                                                  const void* message);
  /// On success takes over the envelope's asker.
  [[nodiscard]] static std::optional<ErrorCode> ask(LinkWay& way, const Recipient& to,
                                                    runtime::Envelope* request);
  /// Sends the answer that `reply` holds, to a life of the peer.
  [[nodiscard]] static std::optional<ErrorCode> reply(LinkWay& way, const PeerEpoch& life,
                                                      std::uint64_t correlation,
                                                      runtime::Envelope* reply);
  [[nodiscard]] static std::optional<ErrorCode> report(LinkWay& way, const PeerEpoch& life,
                                                       const Dropped& dropped);

  // Any thread. System messages, to one life or to whoever is there. `node_down` when that life is
  // known to be gone, `frame_too_large`, `shutdown` when this node stops, and `limit_reached` where
  // too many wait: only of what is new, a watch, a child, or a user's order. What ends or answers
  // something is always taken.

  [[nodiscard]] static std::optional<ErrorCode> watch(LinkWay& way, const Recipient& to,
                                                      const Watch& watch);
  /// Makes no link.
  static void unwatch(LinkWay& way, const Watch& watch);
  /// A proxy that asks for a child hears of its loss as from `by`. `is_users`: a user's order,
  /// which nobody waits for.
  [[nodiscard]] static std::optional<ErrorCode> signal(LinkWay& way, RemoteTarget& by,
                                                       const PeerEpoch& life,
                                                       runtime::RemoteSignal signal,
                                                       bool is_users = false);
  /// `actor` has ended, which the peer watches under this key.
  [[nodiscard]] static std::optional<ErrorCode> tell_end(LinkWay& way, const PeerEpoch& life,
                                                         ActorEnded ended, runtime::ActorId actor);

  /// Actors here have room again for what that peer, who lives there, sends.
  static void has_room_for(LinkWay& way, PeerTarget& peer);

  // What follows makes no link.

  /// More about why the peer is sent nothing, for an error; empty where the reason says it all.
  [[nodiscard]] static std::string why(LinkWay& way, ErrorCode reason);

  /// The link that the way leads to, to be compared only: it is the same for all ways to one node
  /// while anybody depends on it. Null where there is none.
  [[nodiscard]] static const void* of(LinkWay& way) { return hold_known(way).link; }
  /// Whether there is a connection, or one is being made to somebody who may be there.
  [[nodiscard]] static bool may_answer(LinkWay& way);

  /// Somebody at the peer depends on actors here: the link is to find out when the peer is gone.
  void require_connection();

  /// Whether the present session takes connections that the peer has made.
  void note_reverse(bool is_reverse) noexcept {
    is_reverse_.store(is_reverse, std::memory_order_relaxed);
  }

  /// The link that this one, an alias, was merged into; null where it is its own.
  [[nodiscard]] PeerLink* merged_into() const noexcept {
    return merged_into_.load(std::memory_order_acquire);
  }

  /// Is a link of its own again, if it was not.
  void detach();
  /// Whether other links are parts of this one.
  [[nodiscard]] bool has_parts() const noexcept {
    return parts_.load(std::memory_order_acquire) != 0;
  }

  /// As the other, of this link. I/O thread.
  [[nodiscard]] std::string why(ErrorCode reason) const;

  /// The wire name of a type that was sent on this link.
  [[nodiscard]] std::string type_name(std::uint64_t key) const;
  [[nodiscard]] AssociationState state() const;
  /// The life that was heard of last, and in which epoch.
  [[nodiscard]] PeerEpoch life() const;
  [[nodiscard]] std::uint64_t incarnation() const { return life().incarnation; }
  /// Whether this life is known to be over, or this epoch with it.
  [[nodiscard]] bool is_over(const PeerEpoch& life) const;
  [[nodiscard]] LinkCounts counts() const;

  // I/O thread.

  /// What happened to the association; returns what is to be done.
  [[nodiscard]] AssociationAction apply(AssociationEvent event);

  /// True once after the association came to want a connection, where it has not been given up
  /// since.
  [[nodiscard]] bool take_dial_order();
  /// Whether the queue of system messages for the peer was too long since the last call.
  [[nodiscard]] Overrun take_overrun();

  /// The number of the session that a new connection belongs to.
  [[nodiscard]] std::uint64_t session() const;

  /// This life has answered. Returns those who depended on system messages for another.
  [[nodiscard]] Dependents welcomed_by(const PeerEpoch& life, const Received& received);

  /// Becomes part of the other link: hands over what waits, in order, behind what waits there. Of
  /// the present session nothing has been sent. Returns those who depended on what was sent before.
  [[nodiscard]] Dependents merge_into(PeerLink& other);

  /// The peer has accepted a session, of which nothing has left, and told what it takes. Returns
  /// what is longer.
  [[nodiscard]] std::deque<Batch> set_terms(std::uint8_t version, const PeerLimits& limits);

  /// Why nobody is reached there, or expected any more: for the errors of who is refused.
  void note_reason(std::string_view reason);

  /// The peer has been heard of as this life.
  void know(const PeerEpoch& life);

  /// This incarnation of the peer means another type by this key: messages of it are refused.
  void refuse_type(std::uint64_t incarnation, std::uint64_t key);

  /// The peer has received so much.
  [[nodiscard]] bool confirm(const Received& received);

  /// Numbered messages of a lane that were taken in this session.
  [[nodiscard]] std::uint64_t taken(Lane lane) const;
  /// The next batch of a lane of an open link, in exchange for a used one.
  [[nodiscard]] bool take(Lane lane, Batch& batch);
  /// Appends system messages to a frame of the control lane; true when there were any.
  [[nodiscard]] bool take_system(wire::Writer& frame);
  /// When system messages are overdue, if the oldest was sent at its earliest.
  [[nodiscard]] bool has_unacknowledged() const;
  [[nodiscard]] TimePoint oldest_system_message() const;
  void resend_system();

  /// To these actors there nothing is to be sent for now, and to all others it is again. Returns
  /// how many of the names are new.
  [[nodiscard]] std::size_t hold_targets(const std::vector<Target>& targets);

  /// Takes in what waits, where there is room. Returns those for whom something has changed.
  [[nodiscard]] std::vector<SettledMessage> admit_waiting();
  /// Refuses all that wait for room.
  [[nodiscard]] std::vector<SettledMessage> reject_waiting(ErrorCode reason);

  /// Frees what batches on this lane have grown to, where none was begun since the last call. True
  /// where that is so.
  bool free_idle(Lane lane);

  /// The session is over; `in_hand` messages had been taken and not sent. Returns all that waits.
  [[nodiscard]] std::deque<Batch> end_session(std::size_t in_hand, ErrorCode reason);
  /// The link, which is open, goes on in another session and is to be dialled. False, and nothing
  /// happens, while anything waits here or has not been confirmed.
  [[nodiscard]] bool move_session();
  /// Where it has not changed, nothing was sent but heartbeats.
  [[nodiscard]] std::uint64_t use() const;
  /// Open, while nothing waits or has to be confirmed, and nobody depends on the peer.
  [[nodiscard]] bool is_unused() const;
  /// Its session is over, and the next message dials. False, and nothing happens, if it is in use.
  [[nodiscard]] bool end_unused_session();
  /// Cuts system messages that are longer than the peer takes, takes out those that cannot be cut,
  /// and returns who depended on those.
  [[nodiscard]] Dependents refuse_long_system();
  /// This life is over. What was said to it or is for it alone goes with it, and nothing else.
  [[nodiscard]] Dependents retire(const PeerEpoch& life);
  /// The peer is not reached: takes out the orders that do not wait for it and definitely have not
  /// left. Returns who has given them.
  [[nodiscard]] Parents withdraw_orders();
  /// Nobody is to be expected there: returns all who depend on the peer.
  [[nodiscard]] Dependents retire_all();
  /// This node was paused for so long: system messages have waited for less.
  void discount(Duration pause);
  /// The end of a watch was told; none when nobody wants to know any more.
  [[nodiscard]] std::optional<Watch> take_watch(std::uint64_t key);
  /// Proxies of children there, who are not told of the peer's end any more.
  [[nodiscard]] Parents take_parents();
  /// A proxy here has no child there any more.
  void forget_parent(runtime::ActorId parent);

  /// Whether anybody here depends on the peer, or has something to tell it.
  [[nodiscard]] bool has_dependents() const;
  [[nodiscard]] bool has_pending() const;

  /// From now on all that comes is refused with `shutdown`, and nothing of the transport is used
  /// any more: it ends. Any thread.
  void close();
  /// Nothing is under way here, waits, or is expected, on no part of it either.
  [[nodiscard]] bool is_at_rest() const;
  /// Ends this life of the memory, if the link is at rest and has no parts. Returns its books. The
  /// table's lock is held.
  [[nodiscard]] std::optional<LinkCounts> forget();
  /// Forgotten: whether the memory has another life. The table's lock is held.
  [[nodiscard]] bool may_begin_anew() const noexcept {
    return life_ != std::numeric_limits<LinkWay::Life>::max();
  }
  /// Another life of the memory, for another address. The table's lock is held.
  void begin_anew(std::shared_ptr<const NodeAddress> address, LinkContext& context);
  /// Ends this life of the memory, as the node has ended. The table's lock is held.
  void end_life();

  /// Taken from the list of links to be looked at.
  void clear_ready();

  LinkDrive drive;  ///< The transport's own; I/O thread.

 private:
  struct Limits {
    explicit Limits(const TransportSettings& settings) noexcept
        : frame_bytes_max(settings.frame_bytes_max),
          large_message_bytes(settings.large_message_bytes),
          outbox_bytes_max(settings.outbox_bytes_max),
          outbox_messages_max(settings.outbox_messages_max),
          send_waits_at_bytes(settings.send_waits_at_bytes) {}

    std::size_t frame_bytes_max;
    std::size_t large_message_bytes;
    std::size_t outbox_bytes_max;
    std::size_t outbox_messages_max;
    std::size_t send_waits_at_bytes;
  };

  /// A link, locked.
  struct Held {
    PeerLink* link;  ///< Null where there is none; see `refused`.
    std::unique_lock<SpinningMutex> lock;
    std::optional<ErrorCode> refused = {};
  };
  /// The link that the way leads to, or the one that it has become part of.
  [[nodiscard]] static Held hold(LinkWay& way);
  /// The same where it has been made.
  [[nodiscard]] static Held hold_known(LinkWay& way);
  [[nodiscard]] static Held hold_end(const LinkWay& way);
  static std::optional<ErrorCode> count(const LinkWay& way, const Held& held) noexcept;
  /// This link, which is not forgotten, or the one that it has become part of; none where that is
  /// forgotten at this moment.
  [[nodiscard]] Held hold_merged(std::unique_lock<SpinningMutex> lock);
  [[nodiscard]] Held hold();

  [[nodiscard]] TimePoint now() const;
  [[nodiscard]] Dependents dependents_on(const std::vector<SystemMessage>& messages);
  [[nodiscard]] Dependents all_but_waiting();
  [[nodiscard]] bool is_unused_locked() const;

  [[nodiscard]] std::optional<ErrorCode> push_behind(Deferred end, SystemUse use = {});
  void release_deferred();
  void release_parked_ends();
  [[nodiscard]] bool is_behind_parked(const Deferred& end) const;
  [[nodiscard]] bool refuses_system(std::size_t bytes, SystemUse use);

  void become_part_of(PeerLink* target) noexcept;
  void adopt_pending(PeerLink& part);
  void adopt_system(PeerLink& part, const LanePositions& before);

  /// Who sends and to whom, for the order between lanes; null where none is promised.
  struct Order {
    runtime::ActorId sender;
    const Target* target;
    std::size_t part;  ///< Where a tell's part begins in its message; 0 for an ask.
  };

  [[nodiscard]] static std::optional<std::size_t> encode_tell(
      const LinkWay& way, EncodedFrame& frame, const Target& target, runtime::ActorId sender,
      const runtime::MessageType& type, const void* message);
  [[nodiscard]] static bool encode(const LinkWay& way, EncodedFrame& frame,
                                   const runtime::MessageType& type, const void* message);
  [[nodiscard]] std::optional<ErrorCode> send(const PeerEpoch& life, EncodedFrame& frame,
                                              const runtime::MessageType* type, const Order* order);
  [[nodiscard]] std::optional<ErrorCode> admit(const PeerEpoch& life, std::size_t size,
                                               const runtime::MessageType* type);
  void put(EncodedFrame& frame, const runtime::MessageType* type, const Order* order);
  void make_wait(const PeerEpoch& life, EncodedFrame& frame, const runtime::MessageType* type,
                 const Order* order, runtime::FutureState<void>* sent);
  void put_aside(WaitingMessage message);
  [[nodiscard]] RemoteTarget::Sending send_later(const PeerEpoch& life, EncodedFrame& frame,
                                                 const runtime::MessageType& type,
                                                 const Order& order);
  [[nodiscard]] static std::optional<ErrorCode> ask_encoded(LinkWay& way, const Recipient& to,
                                                            runtime::Envelope* request);
  [[nodiscard]] static std::optional<ErrorCode> reply_encoded(LinkWay& way, const PeerEpoch& life,
                                                              std::uint64_t correlation,
                                                              runtime::Envelope* reply);
  [[nodiscard]] bool is_gone(const PeerEpoch& life) const;
  [[nodiscard]] bool is_over_locked(const PeerEpoch& life) const;
  /// Whether it is to be found out first that this life is the one that is there.
  [[nodiscard]] bool must_wait_for(const PeerEpoch& life) const noexcept {
    return life.is_any() && state_ != AssociationState::open;
  }
  [[nodiscard]] std::size_t outbox_bytes() const noexcept {
    return ordinary_.bytes() + large_.bytes();
  }
  [[nodiscard]] bool is_full() const noexcept;
  [[nodiscard]] bool may_park(std::size_t bytes) const noexcept;
  [[nodiscard]] bool has_to_queue() const noexcept;
  [[nodiscard]] bool large_may_leave() const noexcept;
  [[nodiscard]] std::size_t longest_frame() const noexcept;
  /// Of the payload of a system message.
  [[nodiscard]] std::size_t system_bytes_max() const noexcept {
    return std::max(longest_frame(), frame_head_bytes + system_head_bytes) - frame_head_bytes -
           system_head_bytes;
  }
  [[nodiscard]] std::deque<Batch> empty_outboxes();
  void announce(const runtime::MessageType& type, Lane lane);
  void name_type(const runtime::MessageType& type, Lane lane);
  void tell_name(runtime::ActorId actor, Lane lane);
  [[nodiscard]] bool refuses(const runtime::MessageType& type) const noexcept {
    return !refused_types_.empty() && refused_types_.contains(type.key);
  }
  void know_locked(const PeerEpoch& life);
  [[nodiscard]] std::optional<ErrorCode> refuse(ErrorCode reason);
  [[nodiscard]] std::optional<ErrorCode> push_system(const PeerEpoch& life, SystemPayload payload,
                                                     SystemUse use = {});
  void require_connection_locked();
  void enlist();
  void need_attention();
  [[nodiscard]] Position position() const noexcept;
  [[nodiscard]] Outbox& outbox(Lane lane) noexcept {
    return lane == Lane::large ? large_ : ordinary_;
  }
  [[nodiscard]] Dependents retire_all_locked();
  [[nodiscard]] std::string why_locked(ErrorCode reason) const;
  [[nodiscard]] LinkCounts counts_locked() const;
  [[nodiscard]] bool is_at_rest_locked() const;

  std::atomic<bool> is_reverse_{false};
  Limits limits_;
  std::atomic<PeerLink*> merged_into_{nullptr};  // Changed under the lock.
  std::atomic<std::size_t> parts_{0};            // Links merged into this one: it is not forgotten.

  mutable SpinningMutex mutex_;
  LinkWay::Life life_ = 0;              // Of this memory.
  LinkWay::Life merged_into_life_ = 0;  // Of that of the link that this one is a part of.
  LinkContext* context_;                // Null once closed.
};

}  // namespace troupe::transport
