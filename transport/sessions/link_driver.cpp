#include <troupe/transport/sessions/link_driver.hpp>

namespace troupe::transport {

void LinkDriver::drive(PeerLink& link, TimePoint now) {
  parts_.dialling.look_at(link, now);
  parts_.liveness.check(link, now);
  parts_.disputes.look_at(link, now);
  parts_.mail.send(link, now);
  if (link.drive.reverse_is_gone) {
    parts_.ends.lose(link, "the connection that it had made has ended", now);
  }
  parts_.undelivered.settle(link, link.admit_waiting());
  parts_.dialling.move_back(link, now);
  parts_.unused.look_at(link, now);
  parts_.timers.arm(link);
}

}  // namespace troupe::transport
