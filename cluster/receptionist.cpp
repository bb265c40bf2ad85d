#include <troupe/cluster/receptionist.hpp>

#include <troupe/cluster/port/service_desk.hpp>
#include <utility>

namespace troupe {

Receptionist::Receptionist(std::shared_ptr<cluster::ServiceDesk> desk) noexcept
    : desk_(std::move(desk)) {}

Result<void> Receptionist::enroll(std::string_view key, const AnyRef& actor,
                                  cluster::AcceptedMessages accepts) {
  return desk_->enroll(key, actor, accepts);
}

void Receptionist::withdraw(std::string_view key, const AnyRef& actor) {
  desk_->withdraw(key, actor);
}

Result<std::shared_ptr<const cluster::FoundServices>> Receptionist::find(
    std::string_view key, cluster::AcceptedMessages wanted) const {
  return desk_->find(key, wanted);
}

Result<void> Receptionist::subscribe(std::string_view key, const AnyRef& subscriber,
                                     const cluster::ListingForm& form) {
  return desk_->subscribe(key, subscriber, form, subscriptions_max);
}

void Receptionist::unsubscribe(std::string_view key, const AnyRef& subscriber,
                               const cluster::ListingForm& form) {
  desk_->unsubscribe(key, subscriber, form.type);
}

ReceptionistCounts Receptionist::counts() const { return desk_->counts(); }

}  // namespace troupe
