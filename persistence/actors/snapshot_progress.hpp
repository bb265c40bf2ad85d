// SnapshotProgress: the snapshots that an actor has begun to save. It is written on the storage's
// thread and looked at in the actor's turn; the actor waits for none.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <troupe/persistence/storage.hpp>

namespace troupe::persistence {

/// Any thread.
class SnapshotProgress : public std::enable_shared_from_this<SnapshotProgress> {
 public:
  /// Submits it, and keeps what is needed until it is answered. Not while one is under way.
  void save(Storage& storage, std::string key, Token token, std::uint64_t number,
            std::string record, std::uint64_t keep_from);
  [[nodiscard]] bool is_under_way() const;
  /// Why the last one was not stored; once.
  [[nodiscard]] std::optional<std::string> take_failure();

 private:
  struct Save;
  void finish(const Save& save);

  mutable std::mutex mutex_;
  bool is_under_way_ = false;
  std::optional<std::string> failure_;
};

}  // namespace troupe::persistence
