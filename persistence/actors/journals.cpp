#include <troupe/persistence/actors/journals.hpp>

#include <troupe/base/check.hpp>
#include <troupe/persistence/actors/journal_claim.hpp>
#include <utility>

namespace troupe::persistence {

JournalsOnStorage::JournalsOnStorage(std::shared_ptr<Storage> storage, JournalsSettings settings)
    : storage_(std::move(storage)),
      settings_(std::move(settings)),
      pending_releases_(std::make_shared<PendingReleases>()) {
  TROUPE_CHECK(storage_ != nullptr, "journals are on a storage");
  TROUPE_CHECK(settings_.incarnation != 0, "an incarnation is not 0");
}

RecoveryCounts JournalsOnStorage::counts() const {
  RecoveryCounts counts = gate_.counts();
  counts.not_released = pending_releases_->given_up();
  return counts;
}

std::shared_ptr<JournalsOnStorage> journals_on(std::shared_ptr<Storage> storage,
                                               JournalsSettings settings) {
  return std::make_shared<JournalsOnStorage>(std::move(storage), std::move(settings));
}

}  // namespace troupe::persistence
