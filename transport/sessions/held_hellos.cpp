#include <troupe/transport/sessions/held_hellos.hpp>

#include <utility>

namespace troupe::transport {

void HeldHellos::hold(PeerLink& link, Newcomer newcomer) {
  links_.erase(link.drive.newcomer.connection);
  withdraw(newcomer.connection);  // That was for another name.
  links_[newcomer.connection] = &link;
  link.drive.newcomer = std::move(newcomer);
}

Newcomer HeldHellos::take(PeerLink& link) {
  Newcomer newcomer = std::exchange(link.drive.newcomer, {});
  links_.erase(newcomer.connection);
  return newcomer;
}

void HeldHellos::withdraw(const ConnectionId& connection) {
  const auto held = links_.find(connection);
  if (held == links_.end()) return;
  PeerLink& link = *held->second;
  links_.erase(held);
  link.drive.newcomer = {};
  link.drive.clash.withdraw();
  timers_.arm(link);
}

}  // namespace troupe::transport
