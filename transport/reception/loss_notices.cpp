#include <troupe/transport/reception/loss_notices.hpp>

#include <troupe/transport/link/dependents.hpp>

namespace troupe::transport {

void LossNotices::add(const Dependents& dependents, StopReason reason) {
  for (const Watch& watch : dependents.watches) notices_.push_back({watch, reason});
  for (const auto& [parent, asked] : dependents.parents) tell_of_lost_child(*asked, parent);
}

void LossNotices::deliver() {
  for (std::size_t i = 0; i < delivered_max && !notices_.empty(); ++i) {
    tell_of_loss(notices_.front().watch, notices_.front().reason);
    notices_.pop_front();
  }
}

}  // namespace troupe::transport
