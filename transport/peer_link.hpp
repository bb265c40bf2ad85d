// PeerLink: this node's sending side towards one address: the association, and the outbox that
// threads encode into.
//
// Never destroyed, because refs lead to it; once its transport has ended it refuses everything with
// `shutdown`. What it says of a peer being unreachable is what is known at this moment.
#pragma once

#include <atomic>
#include <mutex>
#include <troupe/actor/runtime/encoded_message.hpp>
#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/transport/association.hpp>
#include <troupe/transport/carrier.hpp>
#include <troupe/transport/frame.hpp>
#include <troupe/transport/immortal.hpp>
#include <troupe/transport/outbox.hpp>
#include <troupe/transport/pending_asks.hpp>
#include <troupe/transport/transport_counts.hpp>
#include <unordered_map>

namespace troupe::transport {

/// What all links of a node share; ends with its transport.
struct LinkContext {
  runtime::SystemCore& core;
  PendingAsks& pending;
  Carrier& carrier;
  wire::RefPort& refs;
  Reasons& dropped;
};

/// Limit of different message types that one link can name to its peer.
inline constexpr std::size_t named_types_max = 65'536;

class PeerLink : public Immortal {
 public:
  /// Whom a message is for: an actor or a path, of any incarnation, or of one (not 0).
  struct Recipient {
    Target target;
    std::uint64_t incarnation = 0;
  };

  PeerLink(NodeAddress address, const OutboxLimits& limits, LinkContext& context);

  [[nodiscard]] const NodeAddress& address() const noexcept { return address_; }
  [[nodiscard]] runtime::SystemAnchor* anchor() const noexcept {
    return anchor_.load(std::memory_order_acquire);
  }

  // Any thread. Each says why the message surely will not arrive: `node_unreachable`, `node_down`,
  // `link_full`, `frame_too_large`, `limit_reached`, `shutdown`.

  [[nodiscard]] std::optional<ErrorCode> tell(const Recipient& to, runtime::ActorId sender,
                                              const runtime::MessageType& type,
                                              const void* message);
  /// On success takes over the envelope's asker.
  [[nodiscard]] std::optional<ErrorCode> ask(const Recipient& to, runtime::Envelope* request);
  /// Sends the answer that `reply` holds, to an incarnation of the peer.
  [[nodiscard]] std::optional<ErrorCode> reply(std::uint64_t incarnation, std::uint64_t correlation,
                                               runtime::Envelope* reply);
  [[nodiscard]] std::optional<ErrorCode> report(std::uint64_t incarnation, const Dropped& dropped);

  /// The wire name of a type that was sent on this link.
  [[nodiscard]] std::string type_name(std::uint64_t key) const;

  // I/O thread.

  /// What happened to the association; returns what is to be done.
  [[nodiscard]] AssociationAction apply(AssociationEvent event);
  [[nodiscard]] AssociationState state() const;

  /// The peer has accepted us, and this is its incarnation. Returns the batches for another one,
  /// which must not be sent.
  [[nodiscard]] std::deque<Batch> welcomed_by(std::uint64_t incarnation);

  /// The peer has been heard of as this incarnation. True when another one was known.
  bool heard_of(std::uint64_t incarnation);
  [[nodiscard]] std::uint64_t incarnation() const;

  /// The next batch for an open link, in exchange for a used one.
  [[nodiscard]] bool take(Batch& batch);
  /// All that waits. The next connection begins without memory of this one.
  [[nodiscard]] std::deque<Batch> take_all();
  [[nodiscard]] bool has_mail() const;

  /// Adds what was sent on this link.
  void add_to(TransportCounts& counts) const;

  /// Cuts the link off from its transport, which ends.
  void close();

  /// True once after the association came to want a connection.
  [[nodiscard]] bool take_dial_order() noexcept {
    return dial_ordered_.exchange(false, std::memory_order_acquire);
  }

 private:
  [[nodiscard]] std::optional<ErrorCode> admit(std::uint64_t incarnation);
  void announce(const runtime::MessageType& type);
  [[nodiscard]] std::optional<ErrorCode> end_message_of(std::size_t begun);
  [[nodiscard]] std::optional<ErrorCode> refuse(ErrorCode reason);
  [[nodiscard]] std::deque<Batch> take_all_locked();

  const NodeAddress address_;
  std::atomic<runtime::SystemAnchor*> anchor_;
  std::atomic<bool> dial_ordered_{false};

  mutable std::mutex mutex_;
  LinkContext* context_;  // Null once closed.
  AssociationState state_ = AssociationState::idle;
  std::uint64_t known_incarnation_ = 0;  // The newest that was heard of.
  std::uint64_t bound_to_ = 0;           // What waits is for this incarnation alone.
  Outbox outbox_;
  struct NamedType {
    const runtime::MessageType* type;
    std::uint64_t connection;  // On which it was named last.
  };
  std::unordered_map<std::uint64_t, NamedType> types_;
  const runtime::MessageType* last_type_ = nullptr;
  std::uint64_t connection_ = 1;  // Counts them.
  std::uint64_t tells_ = 0;
  std::uint64_t asks_ = 0;
  std::uint64_t replies_ = 0;
};

}  // namespace troupe::transport
