// LinkState: all that a PeerLink knows of the address that it leads to, apart so that it can begin
// anew with another. Guarded by the link's lock.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <troupe/transport/frame/system_payload.hpp>
#include <troupe/transport/link/association.hpp>
#include <troupe/transport/outgoing/actor_names.hpp>
#include <troupe/transport/outgoing/held_targets.hpp>
#include <troupe/transport/outgoing/link_books.hpp>
#include <troupe/transport/outgoing/outbox.hpp>
#include <troupe/transport/outgoing/system_stream.hpp>
#include <troupe/transport/outgoing/waiting_messages.hpp>
#include <troupe/transport/outgoing/watch_book.hpp>
#include <troupe/transport/transport_settings.hpp>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace troupe::transport {

/// A system message that must come after what waits for room, or for its life.
struct Deferred {
  PeerEpoch life;
  SystemPayload payload;
  runtime::ActorId sender;   ///< Whose end it is; 0 for an order to drain.
  std::uint64_t behind = 0;  ///< So many of those that have waited here.
  std::size_t bytes = 0;     ///< As it will be sent.
};

/// How a system message is taken.
struct SystemUse {
  bool is_new = false;           ///< Refused past the limits.
  bool is_withdrawable = false;  ///< See SystemMessage.
};

/// More system messages wait for a peer than may.
struct Overrun {
  std::string_view setting;  ///< Which says how many may; empty for none.
  bool is_twice = false;     ///< It is exceeded twice over: no more can be taken for long.
};

/// Proxies of children there, and what each has asked for its child.
using Parents = std::unordered_map<runtime::ActorId, HeldTarget>;

struct LinkState {
  struct NamedType {
    const runtime::MessageType* type;
    std::array<std::uint64_t, lane_count> namings;  // In which it was named last.
  };

  LinkState(std::shared_ptr<const NodeAddress> address, const TransportSettings& settings,
            std::uint64_t session)
      : address_(std::move(address)),
        session_(session),
        ordinary_(Lane::ordinary, settings.frame_bytes_max),
        large_(Lane::large, settings.frame_bytes_max),
        system_(settings.system_messages_max),
        watches_((session << 24U) + 1),
        books_(session) {}

  std::shared_ptr<const NodeAddress> address_;
  AssociationState state_ = AssociationState::idle;
  bool dial_ordered_ = false;
  bool queued_ = false;  // In the list of links to be looked at.
  Overrun overrun_;      // Until the I/O thread has heard of it.
  std::string reason_;   // Why nobody was reached, or is expected, there, as it was logged last.
  PeerEpoch known_;      // The newest life that was heard of.
  bool known_is_over_ = false;
  std::unordered_set<std::uint64_t> refused_types_;  // By key; they are others to that incarnation.
  std::uint64_t session_;
  std::uint8_t version_ = 0;  // Of the protocol, in the last session.
  PeerLimits peer_limits_;    // Told by the incarnation that is known.
  Outbox ordinary_;
  Outbox large_;
  LargePairs large_pairs_;
  WaitingMessages waiting_;
  HeldTargets held_;                         // At the peer, in this session.
  ParkedMessages parked_;                    // For them; they do not keep others from leaving.
  std::uint64_t large_arrived_ = 0;          // On the large lane, in this session.
  std::deque<std::size_t> large_under_way_;  // Bytes of each that was taken and has not arrived.
  std::size_t large_bytes_under_way_ = 0;    // Of these.
  SystemStream system_;
  std::deque<Deferred> deferred_;
  std::vector<Deferred> parked_ends_;  // Behind what is parked.
  std::size_t deferred_bytes_ = 0;     // Of both.
  WatchBook watches_;
  Parents parents_;
  LinkBooks books_;
  std::unordered_map<std::uint64_t, NamedType> types_;
  const runtime::MessageType* last_type_ = nullptr;  // On the ordinary lane.
  std::uint64_t naming_ = 1;  // Counts how often what was named has to be named anew.
  ToldNames told_names_;      // In this session.
};

}  // namespace troupe::transport
