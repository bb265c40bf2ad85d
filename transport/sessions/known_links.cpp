#include <troupe/transport/sessions/known_links.hpp>

namespace troupe::transport {

void KnownLinks::meet_new(TimePoint now) {
  const std::size_t known = links_.size();
  table_.add_new_links(links_);
  for (std::size_t i = known; i < links_.size(); ++i) {
    timers_.arm_rest(*links_[i], later(now, settings_.forget_after));
  }
}

void KnownLinks::detach_parts(PeerLink& link) {
  if (!link.has_parts()) return;
  std::vector<PeerLink*> parts;
  for (PeerLink* const other : links_) {
    const PeerLink* target = other->merged_into();
    while (target != nullptr && target != &link) target = target->merged_into();
    if (target != nullptr) parts.push_back(other);
  }
  for (PeerLink* const part : parts) part->detach();
}

bool KnownLinks::forget(PeerLink& link) {
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

}  // namespace troupe::transport
