// Transport's side of name clashes: which of two processes with one name and address goes on.
#include <optional>
#include <troupe/base/printable.hpp>
#include <troupe/transport/transport.hpp>
#include <utility>

namespace troupe::transport {
namespace {

constexpr Duration clash_log_interval = std::chrono::seconds(10);

constexpr std::string_view advice = ": give each node a name and an address of its own";

std::string_view name_of(std::string_view process) {
  return process.empty() ? "a process that does not say which" : process;
}

}  // namespace

/// The link of the node that this life says it is, where another life of it is connected; else
/// null.
PeerLink* Transport::find_clash(const NodeIdentity& life) {
  PeerLink* const link = table_.find_link(life.address);
  if (link == nullptr) return nullptr;
  const std::uint64_t connected = link->incarnation();
  const bool is_clash = connected != 0 && connected != life.incarnation &&
                        link->state() == AssociationState::open && link->drive.detector;
  return is_clash ? link : nullptr;
}

/// The hello waits until the life that is connected has shown that it lives, or not.
void Transport::hold_hello(PeerLink& link, Newcomer newcomer, TimePoint now) {
  LinkDrive& drive = link.drive;
  const bool is_first = drive.clash.newcomer() == 0;
  const Duration patience =
      clash_patience(settings_.heartbeat_interval, settings_.handshake_timeout);
  if (!drive.clash.claim(newcomer.life.incarnation, drive.heartbeats + 1, now, patience)) {
    return refuse_newcomer(link, newcomer, now);
  }
  past_.add(newcomer.connection, PastConnections::Cause::refused);  // But for its hello.
  drive.newcomer = std::move(newcomer);
  if (is_first) beat(link, now);
  this->drive(link, now);
}

void Transport::settle_clash(PeerLink& link, NameClash::Verdict verdict, TimePoint now) {
  if (verdict == NameClash::Verdict::none) return;
  const Newcomer newcomer = std::exchange(link.drive.newcomer, {});
  if (verdict == NameClash::Verdict::refuse) return refuse_newcomer(link, newcomer, now);
  if (link.state() == AssociationState::open) {
    lose(link, "it does not answer, and another process has come by its name and address", now);
  }
  take_from(newcomer.connection, {newcomer.frame, nullptr}, now, newcomer.key);
}

/// Tells both of each other.
void Transport::refuse_newcomer(PeerLink& link, const Newcomer& newcomer, TimePoint now) {
  name_clashes_.add();
  past_.add(newcomer.connection, PastConnections::Cause::refused);
  LinkDrive& drive = link.drive;
  const std::string connected(name_of(drive.process));
  const std::string other(name_of(newcomer.process));
  reject(newcomer.connection, Error(ErrorCode::name_taken,
                                    "another process has the name and address of this one and is "
                                    "connected here, " +
                                        connected + std::string(advice)));
  on_refused(
      newcomer.life.to_string() + ", " + other,
      "another process with its name and address is connected, " + connected + std::string(advice),
      now);
  if (drive.cut[index_of(Lane::control)].is_under_way()) return;  // The frame has to stay as it is.
  if (!refusals_.admits(link.address().to_string() + " clash", now, clash_log_interval)) return;
  if (drive.control.empty()) begin_frame(drive.control);
  append(drive.control, Rejected{ErrorCode::name_taken, other});
}

/// A peer has refused another process that has this node's name and address.
void Transport::on_namesake(const RemotePeer& peer, std::string_view process, TimePoint now) {
  if (!refusals_.admits("namesake", now, clash_log_interval)) return;
  log_.error("another process has the name and address of this node, {}, and was refused by {}{}",
             printable(process), peer.name(), advice);
}

/// Where another process has this node's own name and address.
std::optional<Error> Transport::find_own_clash(const NodeIdentity& life) const {
  const NodeIdentity& self = table_.self();
  if (life.address != self.address || life.incarnation == self.incarnation) return std::nullopt;
  return Error(ErrorCode::name_taken, "this node has the same name and address, " +
                                          std::string(name_of(settings_.process)) +
                                          std::string(advice));
}

}  // namespace troupe::transport
