// Journals on one storage, for the persistent actors of one system.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <troupe/actor/ports/actor_journals.hpp>
#include <troupe/persistence/actors/recovery_gate.hpp>
#include <troupe/persistence/actors/schema_book.hpp>
#include <troupe/persistence/storage.hpp>

namespace troupe::persistence {

/// What the owners of journals are to be known by.
struct JournalsSettings {
  /// Of the node, in this life: unlike any other, and not 0.
  std::uint64_t incarnation = 0;
  /// Whether the node of an incarnation is known to be down, so that its journals may be claimed:
  /// by a cluster's view. Without it only storage says so. Any thread.
  std::function<bool(std::uint64_t incarnation)> is_down = {};
};

class PendingReleases;

/// Any thread. Operations may outlive it; the storage's end answers them.
class JournalsOnStorage final : public ActorJournals {
 public:
  JournalsOnStorage(std::shared_ptr<Storage> storage, JournalsSettings settings);

  [[nodiscard]] Storage& storage() const noexcept { return *storage_; }
  [[nodiscard]] std::uint64_t incarnation() const noexcept { return settings_.incarnation; }
  [[nodiscard]] bool is_down(std::uint64_t incarnation) const {
    return settings_.is_down && settings_.is_down(incarnation);
  }
  /// Unlike any other of this life.
  [[nodiscard]] std::uint64_t next_instance() noexcept {
    return instances_.fetch_add(1, std::memory_order_relaxed) + 1;
  }
  [[nodiscard]] RecoveryGate& gate() noexcept { return gate_; }
  [[nodiscard]] const std::shared_ptr<PendingReleases>& pending_releases() const noexcept {
    return pending_releases_;
  }
  [[nodiscard]] SchemaBook& schemas() noexcept { return schemas_; }
  [[nodiscard]] RecoveryCounts counts() const;

 private:
  const std::shared_ptr<Storage> storage_;
  const JournalsSettings settings_;
  std::atomic<std::uint64_t> instances_{0};
  RecoveryGate gate_;
  const std::shared_ptr<PendingReleases> pending_releases_;
  SchemaBook schemas_;
};

/// For SystemSettings::journals: one for each system. The storage may be that of its mailboxes too.
[[nodiscard]] std::shared_ptr<JournalsOnStorage> journals_on(std::shared_ptr<Storage> storage,
                                                             JournalsSettings settings);

}  // namespace troupe::persistence
