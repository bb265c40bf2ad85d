// Of a link: which lives of the node at its address are known, and which of them is there.
#pragma once

#include <cstdint>
#include <troupe/transport/peer/remote_peer.hpp>

namespace troupe::transport {

// I/O thread. What they return stays until the life is forgotten.

/// All that is known of this life in this epoch; null for nothing.
[[nodiscard]] RemotePeer* find_life(const PeerLink& link, const PeerEpoch& life);
/// The same of this incarnation, in the last epoch that is known.
[[nodiscard]] RemotePeer* find_newest(const PeerLink& link, std::uint64_t incarnation);
/// The life that was heard of last, where it is not over and has a connection to this node; else
/// null.
[[nodiscard]] const RemotePeer* connected_life(const PeerLink& link);

/// The life that the link's session is with, or that was heard of last.
[[nodiscard]] PeerEpoch life_of(const PeerLink& link);

/// Whether this node's session with the peer has begun.
[[nodiscard]] bool has_session(const PeerLink& link);

}  // namespace troupe::transport
