// Transport's side of name clashes: which of two processes with one name and address goes on.
#include <optional>
#include <troupe/base/printable.hpp>
#include <troupe/transport/transport.hpp>
#include <utility>

namespace troupe::transport {
namespace {

constexpr Duration clash_log_interval = std::chrono::seconds(10);

}  // namespace

/// The link of the node that this life says it is, where another life of it is connected; else
/// null.
PeerLink* Transport::find_clash(const NodeIdentity& life, TimePoint now) {
  PeerLink* const link = table_.find_link(life.address);
  if (link == nullptr || link->address() != life.address) return nullptr;
  if (link->drive.may_follow == life.incarnation) return nullptr;
  return keeps_name_from(*link, life.incarnation, now) ? link : nullptr;
}

/// Whether another life of the node at the link's address is connected, and may be alive: this node
/// has a session with it, or it has dialled this node and says something.
bool Transport::keeps_name_from(const PeerLink& link, std::uint64_t incarnation,
                                TimePoint now) const {
  const std::uint64_t known = link.incarnation();
  if (known == 0 || known == incarnation) return false;
  if (has_session(link)) return true;
  const RemotePeer* const peer = connected_life(link);
  return peer != nullptr && !peer->is_silent(now);
}

bool Transport::has_session(const PeerLink& link) {
  return link.state() == AssociationState::open && link.drive.detector;
}

/// The life that is known at the link's address, where it has a connection to this node.
const RemotePeer* Transport::connected_life(const PeerLink& link) {
  const RemotePeer* const peer = find_life(link, link.life());
  return peer != nullptr && !peer->is_over && peer->incoming.is_connected() ? peer : nullptr;
}

/// The hello waits until the life that is connected has shown that it lives, or not. Where only
/// that has dialled, a session on its own connections is begun, to ask it.
void Transport::hold_hello(PeerLink& link, Newcomer newcomer, TimePoint now) {
  if (!carrier_->is_open(newcomer.connection)) return late_frames_.add();
  LinkDrive& drive = link.drive;
  const bool is_first = drive.clash.newcomer() == 0;
  const bool can_ask = has_session(link);
  const RemotePeer* const connected = connected_life(link);
  const Duration patience =
      can_ask || connected == nullptr
          ? clash_patience(settings_.heartbeat_interval, settings_.handshake_timeout)
          : connected->silence();
  if (!drive.clash.claim(newcomer.life.incarnation, drive.heartbeats + 1, now, patience)) {
    return refuse_newcomer(link, newcomer, now);
  }
  connections_.pass_over(newcomer.connection,
                         PeerConnections::Cause::refused);  // But for its hello.
  held_hellos_.erase(drive.newcomer.connection);            // An earlier try.
  withdraw_hello(newcomer.connection);                      // That was for another name.
  held_hellos_[newcomer.connection] = &link;
  drive.newcomer = std::move(newcomer);
  if (is_first && can_ask) mail_.beat(link, now);
  if (is_first && !can_ask && reverse_peer(link) != nullptr) link.require_connection();
  this->drive(link, now);
}

/// Nobody waits any more where the hello that waits has come on this connection.
void Transport::withdraw_hello(const ConnectionId& connection) {
  const auto held = held_hellos_.find(connection);
  if (held == held_hellos_.end()) return;
  PeerLink& link = *held->second;
  held_hellos_.erase(held);
  link.drive.newcomer = {};
  link.drive.clash.withdraw();
  timers_.arm(link);
}

/// Decides where the newcomer has waited for long enough.
void Transport::resolve_clash(PeerLink& link, TimePoint now) {
  NameClash& clash = link.drive.clash;
  if (clash.until() > now) return;
  const RemotePeer* const peer = find_life(link, link.life());
  settle_clash(link, clash.at(now, peer != nullptr ? peer->heard_at : TimePoint::min()), now);
}

void Transport::settle_clash(PeerLink& link, NameClash::Verdict verdict, TimePoint now) {
  if (verdict == NameClash::Verdict::none) return;
  const Newcomer newcomer = std::exchange(link.drive.newcomer, {});
  held_hellos_.erase(newcomer.connection);
  if (verdict == NameClash::Verdict::refuse) return refuse_newcomer(link, newcomer, now);
  if (link.state() == AssociationState::open) {
    lose(link, "it does not answer, and another process has come by its name and address", now);
  }
  link.drive.may_follow = newcomer.life.incarnation;
  take_from(newcomer.connection, {newcomer.frame, nullptr}, now, newcomer.key);
  link.drive.may_follow = 0;
}

/// Why what answers at the link's address is not taken for its node: another process is connected
/// by that name and address. None where none is.
std::optional<std::string> Transport::find_clash(PeerLink& link, const Welcome& welcome,
                                                 TimePoint now) {
  if (!keeps_name_from(link, welcome.incarnation, now)) return std::nullopt;
  name_clashes_.add();
  const std::string other(shown_process(printable(welcome.process)));
  tell_of_namesake(link, other, now);
  return "another process answers there by its name and address, " + other +
         ", while it is connected, " + std::string(shown_process(link.drive.process)) +
         std::string(name_clash_advice);
}

/// Tells both of each other.
void Transport::refuse_newcomer(PeerLink& link, const Newcomer& newcomer, TimePoint now) {
  name_clashes_.add();
  connections_.pass_over(newcomer.connection, PeerConnections::Cause::refused);
  LinkDrive& drive = link.drive;
  const std::string connected(shown_process(drive.process));
  const std::string other(shown_process(newcomer.process));
  sender_.reject(newcomer.connection,
                 Error(ErrorCode::name_taken,
                       "another process has the name and address of this one and is "
                       "connected here, " +
                           connected + std::string(name_clash_advice)));
  on_refused(newcomer.life.to_string() + ", " + other,
             "another process with its name and address is connected, " + connected +
                 std::string(name_clash_advice),
             now);
  tell_of_namesake(link, other, now);
}

/// The process that goes on is told of the other one, once this node has a session with it.
void Transport::tell_of_namesake(PeerLink& link, const std::string& other, TimePoint now) {
  LinkDrive& drive = link.drive;
  if (!has_session(link)) {
    drive.namesake = other;
    return;
  }
  if (drive.cut[index_of(Lane::control)].is_under_way()) return;  // The frame has to stay as it is.
  if (!log_.admits_again(link.address().to_string() + " clash", now, clash_log_interval)) return;
  if (drive.control.empty()) begin_frame(drive.control);
  append(drive.control, Rejected{ErrorCode::name_taken, other});
}

/// A session with the life that is known has begun: it is asked and told what it could not be
/// before.
void Transport::resume_clash(PeerLink& link, TimePoint now) {
  LinkDrive& drive = link.drive;
  if (drive.clash.newcomer() != 0) mail_.beat(link, now);
  if (!drive.namesake.empty()) tell_of_namesake(link, std::exchange(drive.namesake, {}), now);
}

/// The life that was known is over, or has no connection any more.
void Transport::end_clash(PeerLink& link) {
  if (link.drive.clash.newcomer() == 0) return;
  link.drive.clash.lost();
  timers_.arm(link);
}

/// A peer has refused another process that has this node's name and address.
void Transport::on_namesake(const RemotePeer& peer, std::string_view process, TimePoint now) {
  if (!log_.admits_again("namesake", now, clash_log_interval)) return;
  log_.error("another process has the name and address of this node, {}, and was refused by {}{}",
             printable(process), peer.name(), name_clash_advice);
}

}  // namespace troupe::transport
