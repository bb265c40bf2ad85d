// Transport's side of forgetting: lives of other nodes and links that nobody needs any more.
//
// A life is forgotten some time after it is over, once nothing of it waits here. One of which
// nothing was heard for forget_after, while its link rests, is over; where it is connected, also
// for two of its heartbeats. A link that was at rest at two
// looks and has no lives is forgotten too, but for one of which it was said that nobody is there:
// while that holds it is not said again. Where there is no room for a newcomer, all that may go
// goes at once: lives that are over, then those that have said no more than a hello, the oldest
// half first, and those that were silent for longer than any connection lives. Addresses where
// nobody was ever reached give way to others, where they are more than peers_max.
#include <algorithm>
#include <array>
#include <troupe/transport/transport.hpp>

namespace troupe::transport {
namespace {

/// Strangers are few who are no more than such a share of all.
constexpr std::size_t few_strangers_share = 8;
/// Where nothing could be forgotten it is not tried again before.
constexpr Duration no_peer_pause = std::chrono::seconds(1);

/// Links that give way at a time, so that they delay nobody, and when the next ones do.
constexpr std::size_t giving_way_max = 64;
constexpr Duration giving_way_pause = std::chrono::milliseconds(10);
/// When it is tried again where none could give way, or none has to.
constexpr Duration crowded_pause = std::chrono::milliseconds(100);
/// Where there are more than may be, one that something waits on has this time to reach somebody.
constexpr Duration crowded_dial_time = std::chrono::seconds(1);

/// Whether nobody has answered at its address, or come from there, as far as is remembered.
bool leads_to_nobody(const PeerLink& link) {
  return link.drive.lives.empty() && link.incarnation() == 0 && link.merged_into() == nullptr &&
         !link.has_parts() && link.drive.clash.newcomer() == 0;
}

bool is_waited_for(const PeerLink& link) {
  return link.state() == AssociationState::handshaking || link.has_pending() ||
         link.has_dependents();
}

}  // namespace

/// Lives that are over are looked at after this time: what they have sent before has come then.
Duration Transport::rest_after_end() const {
  return std::min(settings_.forget_after, times(2, settings_.handshake_timeout));
}

void Transport::meet_new_links(TimePoint now) {
  const std::size_t known = links_.size();
  table_.add_new_links(links_);
  for (std::size_t i = known; i < links_.size(); ++i) {
    const TimePoint at = later(now, settings_.forget_after);
    timers_.arm_rest(*links_[i], at);
    paths_at_ = std::min(paths_at_, at);
  }
}

/// Paths that nobody uses are forgotten. Where there are neither paths nor links, the first of them
/// wakes the thread.
void Transport::look_at_paths(TimePoint now) {
  if (paths_at_ == TimePoint::max() ? table_.paths().now == 0 : now < paths_at_) return;
  if (paths_at_ != TimePoint::max()) table_.forget_paths();
  const bool is_any = !links_.empty() || table_.paths().now != 0;
  paths_at_ = is_any ? later(now, settings_.forget_after) : TimePoint::max();
}

RemotePeer* Transport::find_life(const PeerLink& link, const PeerEpoch& life) {
  for (const auto& known : link.drive.lives) {
    if (known->life() == life) return known.get();
  }
  return nullptr;
}

/// In the last epoch that is known.
RemotePeer* Transport::find_newest(const PeerLink& link, std::uint64_t incarnation) {
  RemotePeer* newest = nullptr;
  for (const auto& known : link.drive.lives) {
    if (known->life().incarnation != incarnation) continue;
    if (newest == nullptr || newest->life().epoch < known->life().epoch) newest = known.get();
  }
  return newest;
}

/// All that is known of this life in this epoch, which may be new.
Result<RemotePeer*> Transport::life_known(const NodeIdentity& life, std::uint64_t epoch,
                                          TimePoint now) {
  auto link = table_.own_link(life.address);
  if (!link.ok()) return link.error();
  if (RemotePeer* const known = find_life(**link, {life.incarnation, epoch})) {
    known->note_heard(now);
    return known;
  }
  if (lives_now_.get() >= settings_.peers_max) {
    make_room(now);
    link = table_.own_link(life.address);  // It may have been forgotten.
    if (!link.ok()) return link.error();
  }
  if (lives_now_.get() >= settings_.peers_max) {
    if ((*link)->drive.lives.empty()) static_cast<void>(forget(**link));
    return Error(ErrorCode::limit_reached,
                 "it knows " + std::to_string(settings_.peers_max) +
                     " nodes at present, which is its limit (peers_max)",
                 Execution::not_executed);
  }
  (*link)->detach();  // A node names itself by that address.
  auto made = std::make_unique<RemotePeer>(life, epoch, **link, settings_);
  made->note_heard(now);
  lives_now_.add();
  return (*link)->drive.lives.emplace_back(std::move(made)).get();
}

void Transport::look_at_rest(PeerLink& link, TimePoint now) {
  LinkDrive& drive = link.drive;
  const bool any_over = forget_lives(link, now, settings_.forget_after);
  const bool rests = drive.lives.empty() && link.is_at_rest();
  const std::uint64_t session = rests ? link.session() : 0;
  const bool rested = rests && std::exchange(drive.rested_in, session) == session;
  if (rested && now >= drive.given_up_until && forget(link)) return;
  drive.rested_in = session;
  const bool is_soon = any_over || (rests && link.state() == AssociationState::quarantined);
  const Duration pause = is_soon ? rest_after_end() : settings_.forget_after;
  const TimePoint at = later(now, pause);
  timers_.arm_rest(link, is_soon && !any_over ? std::max(at, drive.given_up_until) : at);
}

/// Forgets those that may be, ends those that were silent for so long. True where some are over and
/// not forgotten yet.
bool Transport::forget_lives(PeerLink& link, TimePoint now, Duration silence) {
  LinkDrive& drive = link.drive;
  for (std::size_t i = drive.lives.size(); i-- > 0;) {
    RemotePeer& peer = *drive.lives[i];
    const bool is_connected = peer.incoming.is_connected();  // Its heartbeats may be far apart.
    const Duration patience = is_connected ? std::max(silence, peer.silence()) : silence;
    if (!peer.is_over && now - peer.heard_at >= patience && link.is_at_rest()) {
      if (peer.incoming.lanes.session() != 0) {
        end_life(link, peer.life(), "nothing was heard of it for longer than forget_after",
                 EndedLives::Cause::silent);
      } else {
        forget(link, peer);  // It has asked who is there, and no more.
        continue;
      }
    }
    if (peer.dismissed_at <= now) dismiss(peer);
    if (peer.is_over && peer.dismissed_at == TimePoint::max() && may_forget(peer)) {
      forget(link, peer);
    }
  }
  return std::ranges::any_of(drive.lives, [](const auto& life) { return life->is_over; });
}

/// Whether nothing that it has sent waits here, and no session is on its connections.
bool Transport::may_forget(const RemotePeer& peer) const {
  return peer.link().drive.reverse != &peer && (!peer.intake || peer.intake->is_idle());
}

void Transport::forget(PeerLink& link, RemotePeer& peer) {
  for (const ConnectionId& connection : peer.incoming.connections) {
    if (connection.empty()) continue;
    connections_.dismiss(connection, PeerConnections::Cause::next_session);
  }
  if (peer.is_over) {
    table_.end_life(peer.identity(), peer.life().epoch);
  } else if (peer.life() == link.life()) {
    epochs_.release(link.address(), peer.life().incarnation);
  }
  LinkDrive& drive = link.drive;
  if (drive.peer == &peer) drive.peer = nullptr;
  std::erase_if(drive.lives, [&](const auto& one) { return one.get() == &peer; });
  lives_now_.take_back(1);
  lives_gone_.add();
}

/// All links that lead here, also by others, are links of their own again.
void Transport::detach_parts(PeerLink& link) {
  if (!link.has_parts()) return;
  std::vector<PeerLink*> parts;
  for (PeerLink* const other : links_) {
    const PeerLink* target = other->merged_into();
    while (target != nullptr && target != &link) target = target->merged_into();
    if (target != nullptr) parts.push_back(other);
  }
  for (PeerLink* const part : parts) part->detach();
}

/// Its parts have nothing of their own, and go on without it until they are forgotten themselves.
bool Transport::forget(PeerLink& link) {
  LinkDrive& drive = link.drive;
  if (drive.clash.newcomer() != 0 || !link.is_at_rest()) return false;
  detach_parts(link);
  if (!table_.forget(link)) return false;
  timers_.disarm(link);
  drive = LinkDrive();
  drive.timer.link = drive.rest.link = &link;
  drive.rest.is_rest = true;
  std::erase(links_, &link);
  return true;
}

/// Where nobody is known at more than peers_max addresses, the links that were made first give way:
/// those that nobody waits for, and then those that have had time.
void Transport::look_at_crowd(TimePoint now) {
  const bool is_crowd = links_.size() > lives_now_.get() + settings_.peers_max;
  if (!is_crowd) crowd_at_ = TimePoint::max();
  if (!is_crowd || (crowd_at_ != TimePoint::max() && now < crowd_at_)) return;
  std::array<std::vector<PeerLink*>, 2> leaving;
  std::size_t all = 0;
  for (PeerLink* const link : links_) {
    if (!leads_to_nobody(*link)) continue;
    ++all;
    const bool is_waited = is_waited_for(*link);
    if (is_waited && now - std::min(link->drive.unreachable_since, now) < crowded_dial_time)
      continue;
    if (leaving[is_waited ? 1 : 0].size() < giving_way_max)
      leaving[is_waited ? 1 : 0].push_back(link);
  }
  const std::size_t too_many = all - std::min(all, settings_.peers_max);
  std::size_t left = std::min(too_many, giving_way_max);
  for (const auto& some : leaving) {
    for (PeerLink* const link : some) {
      if (left > 0 && give_way(*link)) --left;
    }
  }
  crowd_at_ = now + (left == 0 && too_many > 0 ? giving_way_pause : crowded_pause);
}

/// Who waits for somebody there hears why nobody comes.
bool Transport::give_way(PeerLink& link) {
  if (!link.is_at_rest()) {
    declare_down(link,
                 "nobody was reached there yet, and this node knows of nobody at more than " +
                     std::to_string(settings_.peers_max) + " addresses (peers_max)",
                 EndedLives::Cause::lost);
  }
  if (!forget(link)) return false;
  links_gave_way_.add();
  return true;
}

/// Forgets what may be forgotten, as there are as many lives as may be known.
void Transport::make_room(TimePoint now) {
  if (now < no_room_until_) return;
  meet_new_links(now);
  forget_strangers(now);
  // Who may be silent for longer is not ended for others' sake.
  const Duration silence = std::max(settings_.dead_connection_after, settings_.down_after);
  // Any of them may be forgotten on the way, for whatever reason.
  for (std::size_t i = 0; i < links_.size() && lives_now_.get() >= settings_.peers_max;) {
    PeerLink* const link = links_[i];
    if (!link->drive.lives.empty()) {
      static_cast<void>(forget_lives(*link, now, silence));
      if (link->drive.lives.empty()) static_cast<void>(forget(*link));
    }
    if (i < links_.size() && links_[i] == link) ++i;
  }
  if (lives_now_.get() >= settings_.peers_max) no_room_until_ = now + no_peer_pause;
}

/// Of those that have said no more than a hello, the older half; where they are few, only those
/// that have had their time to say more.
void Transport::forget_strangers(TimePoint now) {
  std::vector<std::pair<TimePoint, RemotePeer*>> strangers;
  for (const PeerLink* link : links_) {
    for (const auto& life : link->drive.lives) {
      if (!life->has_proven && life->target() == nullptr && link->is_at_rest()) {
        strangers.emplace_back(life->heard_at, life.get());
      }
    }
  }
  if (strangers.size() <= settings_.peers_max / few_strangers_share) {
    std::erase_if(strangers,
                  [&](const auto& one) { return now - one.first < settings_.hello_timeout; });
  }
  const auto middle = strangers.begin() + static_cast<std::ptrdiff_t>((strangers.size() + 1) / 2);
  std::ranges::nth_element(strangers, middle);
  for (auto one = strangers.begin(); one != middle; ++one) {
    PeerLink& link = one->second->link();
    forget(link, *one->second);
    if (link.drive.lives.empty()) static_cast<void>(forget(link));
  }
}

}  // namespace troupe::transport
