#include <troupe/transport/lives/known_lives.hpp>

#include <algorithm>
#include <troupe/transport/peer/link_lives.hpp>
#include <utility>

namespace troupe::transport {
namespace {

/// Strangers are few who are no more than such a share of all.
constexpr std::size_t few_strangers_share = 8;
/// Where nothing could be forgotten it is not tried again before.
constexpr Duration no_peer_pause = std::chrono::seconds(1);

/// Whether nothing that it has sent waits here, and no session is on its connections.
bool may_forget(const RemotePeer& peer) {
  return peer.link().drive.reverse != &peer && (!peer.intake || peer.intake->is_idle());
}

}  // namespace

Result<RemotePeer*> KnownLives::meet(const NodeIdentity& life, std::uint64_t epoch, TimePoint now) {
  auto link = parts_.table.own_link(life.address);
  if (!link.ok()) return link.error();
  if (RemotePeer* const known = find_life(**link, {life.incarnation, epoch})) {
    known->note_heard(now);
    return known;
  }
  if (is_full()) {
    make_room(now);
    link = parts_.table.own_link(life.address);  // It may have been forgotten.
    if (!link.ok()) return link.error();
  }
  if (is_full()) {
    if ((*link)->drive.lives.empty()) static_cast<void>(parts_.links.forget(**link));
    return Error(ErrorCode::limit_reached,
                 "it knows " + std::to_string(parts_.settings.peers_max) +
                     " nodes at present, which is its limit (peers_max)",
                 Execution::not_executed);
  }
  (*link)->detach();  // A node names itself by that address.
  auto made = std::make_unique<RemotePeer>(life, epoch, **link, parts_.settings);
  made->note_heard(now);
  known_.add();
  return (*link)->drive.lives.emplace_back(std::move(made)).get();
}

void KnownLives::look_at_rest(PeerLink& link, TimePoint now) {
  LinkDrive& drive = link.drive;
  const bool any_over = forget_some(link, now, parts_.settings.forget_after);
  const bool rests = drive.lives.empty() && link.is_at_rest();
  const std::uint64_t session = rests ? link.session() : 0;
  const bool rested = rests && std::exchange(drive.rested_in, session) == session;
  if (rested && now >= drive.given_up_until && parts_.links.forget(link)) return;
  drive.rested_in = session;
  const bool is_soon = any_over || (rests && link.state() == AssociationState::quarantined);
  const Duration pause = is_soon ? parts_.ends.rest() : parts_.settings.forget_after;
  const TimePoint at = later(now, pause);
  parts_.timers.arm_rest(link, is_soon && !any_over ? std::max(at, drive.given_up_until) : at);
}

/// Forgets those that may be, ends those that were silent for so long. True where some are over and
/// not forgotten yet.
bool KnownLives::forget_some(PeerLink& link, TimePoint now, Duration silence) {
  LinkDrive& drive = link.drive;
  for (std::size_t i = drive.lives.size(); i-- > 0;) {
    RemotePeer& peer = *drive.lives[i];
    const bool is_connected = peer.incoming.is_connected();  // Its heartbeats may be far apart.
    const Duration patience = is_connected ? std::max(silence, peer.silence()) : silence;
    const bool is_silent = !peer.is_over && now - peer.heard_at >= patience;
    if (is_silent && link.is_at_rest() && !parts_.reports.decides_on(peer.identity())) {
      if (peer.incoming.lanes.session() != 0) {
        parts_.ends.end(link, peer.life(), "nothing was heard of it for longer than forget_after",
                        EndedLives::Cause::silent);
      } else {
        forget(link, peer);  // It has asked who is there, and no more.
        continue;
      }
    }
    parts_.dismissed.look_at(peer, now);
    if (peer.is_over && peer.dismissed_at == TimePoint::max() && may_forget(peer)) {
      forget(link, peer);
    }
  }
  return std::ranges::any_of(drive.lives, [](const auto& life) { return life->is_over; });
}

void KnownLives::forget(PeerLink& link, RemotePeer& peer) {
  for (const ConnectionId& connection : peer.incoming.connections) {
    if (connection.empty()) continue;
    parts_.connections.dismiss(connection, PeerConnections::Cause::next_session);
  }
  if (peer.is_over) {
    parts_.table.end_life(peer.identity(), peer.life().epoch);
  } else if (peer.life() == link.life()) {
    parts_.epochs.release(link.address(), peer.life().incarnation);
  }
  LinkDrive& drive = link.drive;
  if (drive.peer == &peer) drive.peer = nullptr;
  std::erase_if(drive.lives, [&](const auto& one) { return one.get() == &peer; });
  known_.take_back(1);
  forgotten_.add();
}

/// Forgets what may be forgotten, as there are as many lives as may be known.
void KnownLives::make_room(TimePoint now) {
  if (now < no_room_until_) return;
  parts_.links.meet_new(now);
  forget_strangers(now);
  // Who may be silent for longer is not ended for others' sake.
  const Duration silence =
      std::max(parts_.settings.dead_connection_after, parts_.settings.down_after);
  // Any of them may be forgotten on the way, for whatever reason.
  const std::vector<PeerLink*>& links = parts_.links.all();
  for (std::size_t i = 0; i < links.size() && is_full();) {
    PeerLink* const link = links[i];
    if (!link->drive.lives.empty()) {
      static_cast<void>(forget_some(*link, now, silence));
      if (link->drive.lives.empty()) static_cast<void>(parts_.links.forget(*link));
    }
    if (i < links.size() && links[i] == link) ++i;
  }
  if (is_full()) no_room_until_ = now + no_peer_pause;
}

/// Of those that have said no more than a hello, the older half; where they are few, only those
/// that have had their time to say more.
void KnownLives::forget_strangers(TimePoint now) {
  const TransportSettings& settings = parts_.settings;
  std::vector<std::pair<TimePoint, RemotePeer*>> strangers;
  for (const PeerLink* link : parts_.links.all()) {
    for (const auto& life : link->drive.lives) {
      if (!life->has_proven && life->target() == nullptr && link->is_at_rest()) {
        strangers.emplace_back(life->heard_at, life.get());
      }
    }
  }
  if (strangers.size() <= settings.peers_max / few_strangers_share) {
    std::erase_if(strangers,
                  [&](const auto& one) { return now - one.first < settings.hello_timeout; });
  }
  const auto middle = strangers.begin() + static_cast<std::ptrdiff_t>((strangers.size() + 1) / 2);
  std::ranges::nth_element(strangers, middle);
  for (auto one = strangers.begin(); one != middle; ++one) {
    PeerLink& link = one->second->link();
    forget(link, *one->second);
    if (link.drive.lives.empty()) static_cast<void>(parts_.links.forget(link));
  }
}

void KnownLives::end_all(std::span<PeerLink* const> links) {
  for (PeerLink* const link : links) {
    link->drive.peer = nullptr;
    for (auto& life : std::exchange(link->drive.lives, {})) {
      // What waits at actors still gives its receipts back.
      if (!may_forget(*life)) parts_.table.keep(std::move(life));
    }
  }
}

}  // namespace troupe::transport
