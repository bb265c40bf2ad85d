#include <troupe/transport/peer/link_lives.hpp>

namespace troupe::transport {

RemotePeer* find_life(const PeerLink& link, const PeerEpoch& life) {
  for (const auto& known : link.drive.lives) {
    if (known->life() == life) return known.get();
  }
  return nullptr;
}

RemotePeer* find_newest(const PeerLink& link, std::uint64_t incarnation) {
  RemotePeer* newest = nullptr;
  for (const auto& known : link.drive.lives) {
    if (known->life().incarnation != incarnation) continue;
    if (newest == nullptr || newest->life().epoch < known->life().epoch) newest = known.get();
  }
  return newest;
}

const RemotePeer* connected_life(const PeerLink& link) {
  const RemotePeer* const peer = find_life(link, link.life());
  return peer != nullptr && !peer->is_over && peer->incoming.is_connected() ? peer : nullptr;
}

PeerEpoch life_of(const PeerLink& link) {
  const RemotePeer* const peer = link.drive.peer;
  return peer != nullptr ? peer->life() : link.life();
}

bool has_session(const PeerLink& link) {
  return link.state() == AssociationState::open && link.drive.detector;
}

}  // namespace troupe::transport
