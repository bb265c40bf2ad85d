#include <troupe/transport/sessions/name_disputes.hpp>

#include <troupe/base/printable.hpp>
#include <troupe/transport/peer/link_lives.hpp>
#include <utility>

namespace troupe::transport {
namespace {

constexpr Duration clash_log_interval = std::chrono::seconds(10);

/// Whether another life of the node at the link's address is connected, and may be alive: this node
/// has a session with it, or it has dialled this node and says something.
bool keeps_name_from(const PeerLink& link, std::uint64_t incarnation, TimePoint now) {
  const std::uint64_t known = link.incarnation();
  if (known == 0 || known == incarnation) return false;
  if (has_session(link)) return true;
  const RemotePeer* const peer = connected_life(link);
  return peer != nullptr && !peer->is_silent(now);
}

}  // namespace

PeerLink* NameDisputes::find(const NodeIdentity& life, TimePoint now) const {
  PeerLink* const link = parts_.table.find_link(life.address);
  if (link == nullptr || link->address() != life.address) return nullptr;
  if (link->drive.may_follow == life.incarnation) return nullptr;
  return keeps_name_from(*link, life.incarnation, now) ? link : nullptr;
}

bool NameDisputes::hold(PeerLink& link, Newcomer newcomer, TimePoint now) {
  if (!parts_.carrier->is_open(newcomer.connection)) {
    parts_.counts.late_frames.add();
    return false;
  }
  const TransportSettings& settings = parts_.settings;
  LinkDrive& drive = link.drive;
  const bool is_first = drive.clash.newcomer() == 0;
  const bool can_ask = has_session(link);
  const RemotePeer* const connected = connected_life(link);
  const Duration patience =
      can_ask || connected == nullptr
          ? clash_patience(settings.heartbeat_interval, settings.handshake_timeout)
          : connected->silence();
  if (!drive.clash.claim(newcomer.life.incarnation, drive.heartbeats + 1, now, patience)) {
    refuse(link, newcomer, now);
    return false;
  }
  parts_.connections.pass_over(newcomer.connection,
                               PeerConnections::Cause::refused);  // But for its hello.
  parts_.held_hellos.hold(link, std::move(newcomer));
  if (is_first && can_ask) parts_.mail.beat(link, now);
  if (is_first && !can_ask && parts_.reverse.peer_of(link) != nullptr) link.require_connection();
  return true;
}

void NameDisputes::look_at(PeerLink& link, TimePoint now) {
  NameClash& clash = link.drive.clash;
  if (clash.until() > now) return;
  const RemotePeer* const peer = find_life(link, link.life());
  settle(link, clash.at(now, peer != nullptr ? peer->heard_at : TimePoint::min()), now);
}

void NameDisputes::on_answered(PeerLink& link, std::uint64_t heartbeat, TimePoint now) {
  settle(link, link.drive.clash.answered(heartbeat), now);
}

void NameDisputes::settle(PeerLink& link, NameClash::Verdict verdict, TimePoint now) {
  if (verdict == NameClash::Verdict::none) return;
  const Newcomer newcomer = parts_.held_hellos.take(link);
  if (verdict == NameClash::Verdict::refuse) return refuse(link, newcomer, now);
  if (link.state() == AssociationState::open) {
    parts_.ends.lose(
        link, "it does not answer, and another process has come by its name and address", now);
  }
  link.drive.may_follow = newcomer.life.incarnation;
  parts_.events.on_admitted(newcomer, now);
  link.drive.may_follow = 0;
}

std::optional<std::string> NameDisputes::refuse(PeerLink& link, const Welcome& welcome,
                                                TimePoint now) {
  if (!keeps_name_from(link, welcome.incarnation, now)) return std::nullopt;
  clashes_.add();
  const std::string other(shown_process(printable(welcome.process)));
  tell_of_namesake(link, other, now);
  return "another process answers there by its name and address, " + other +
         ", while it is connected, " + std::string(shown_process(link.drive.process)) +
         std::string(name_clash_advice);
}

/// Tells both of each other.
void NameDisputes::refuse(PeerLink& link, const Newcomer& newcomer, TimePoint now) {
  clashes_.add();
  parts_.connections.pass_over(newcomer.connection, PeerConnections::Cause::refused);
  const std::string connected(shown_process(link.drive.process));
  const std::string other(shown_process(newcomer.process));
  parts_.sender.reject(newcomer.connection,
                       Error(ErrorCode::name_taken,
                             "another process has the name and address of this one and is "
                             "connected here, " +
                                 connected + std::string(name_clash_advice)));
  parts_.trust.refuse(newcomer.life.to_string() + ", " + other,
                      "another process with its name and address is connected, " + connected +
                          std::string(name_clash_advice),
                      now);
  tell_of_namesake(link, other, now);
}

/// The process that goes on is told of the other one, once this node has a session with it.
void NameDisputes::tell_of_namesake(PeerLink& link, const std::string& other, TimePoint now) {
  LinkDrive& drive = link.drive;
  if (!has_session(link)) {
    drive.namesake = other;
    return;
  }
  if (drive.cut[index_of(Lane::control)].is_under_way()) return;  // The frame has to stay as it is.
  if (!parts_.log.admits_again(link.address().to_string() + " clash", now, clash_log_interval)) {
    return;
  }
  if (drive.control.empty()) begin_frame(drive.control);
  append(drive.control, Rejected{ErrorCode::name_taken, other});
}

void NameDisputes::on_session(PeerLink& link, TimePoint now) {
  LinkDrive& drive = link.drive;
  if (drive.clash.newcomer() != 0) parts_.mail.beat(link, now);
  if (!drive.namesake.empty()) tell_of_namesake(link, std::exchange(drive.namesake, {}), now);
}

void NameDisputes::on_gone(PeerLink& link) {
  if (link.drive.clash.newcomer() == 0) return;
  link.drive.clash.lost();
  parts_.timers.arm(link);
}

void NameDisputes::on_namesake(const RemotePeer& peer, std::string_view process, TimePoint now) {
  if (!parts_.log.admits_again("namesake", now, clash_log_interval)) return;
  parts_.log.error(
      "another process has the name and address of this node, {}, and was refused by {}{}",
      printable(process), peer.name(), name_clash_advice);
}

}  // namespace troupe::transport
