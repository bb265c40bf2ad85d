#include <troupe/cluster/listing.hpp>

#include <troupe/cluster/port/listing_slot.hpp>
#include <utility>

namespace troupe::cluster {

ShownServices::ShownServices(std::shared_ptr<const FoundServices> found) noexcept
    : found_(std::move(found)) {}
ShownServices::ShownServices(std::shared_ptr<ListingSlot> slot) noexcept : slot_(std::move(slot)) {}
ShownServices::ShownServices(const ShownServices& other)
    : found_((static_cast<void>(other.found()), other.found_)) {}
ShownServices::ShownServices(ShownServices&& other) noexcept = default;
ShownServices& ShownServices::operator=(ShownServices other) noexcept {
  std::swap(slot_, other.slot_);
  std::swap(found_, other.found_);
  return *this;
}
/// Whoever drops it unseen has had it.
ShownServices::~ShownServices() {
  if (slot_ != nullptr) slot_->drop();
}

const FoundServices& ShownServices::found() const {
  if (slot_ != nullptr) found_ = std::exchange(slot_, nullptr)->take();
  return *found_;
}

}  // namespace troupe::cluster
