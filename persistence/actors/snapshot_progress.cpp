#include <troupe/persistence/actors/snapshot_progress.hpp>

#include <utility>

namespace troupe::persistence {

struct SnapshotProgress::Save final : SaveSnapshot {
  explicit Save(std::shared_ptr<SnapshotProgress> one) : progress(std::move(one)) {}
  void complete() noexcept override {
    const std::unique_ptr<Save> self(this);
    progress->finish(*this);
  }
  const std::shared_ptr<SnapshotProgress> progress;
};

void SnapshotProgress::save(Storage& storage, std::string key, Token token, std::uint64_t number,
                            std::string record, std::uint64_t keep_from) {
  auto save = std::make_unique<Save>(shared_from_this());
  save->key = std::move(key);
  save->token = token;
  save->number = number;
  save->record = std::move(record);
  save->keep_from = keep_from;
  {
    const std::lock_guard lock(mutex_);
    is_under_way_ = true;
  }
  storage.submit(static_cast<SaveSnapshot&>(*save.release()));
}

void SnapshotProgress::finish(const Save& save) {
  const std::lock_guard lock(mutex_);
  is_under_way_ = false;
  if (is_stored(save.outcome)) return;
  failure_ = std::string(to_string(save.outcome)) + (save.why.empty() ? "" : ": ") + save.why;
}

bool SnapshotProgress::is_under_way() const {
  const std::lock_guard lock(mutex_);
  return is_under_way_;
}

std::optional<std::string> SnapshotProgress::take_failure() {
  const std::lock_guard lock(mutex_);
  return std::exchange(failure_, std::nullopt);
}

}  // namespace troupe::persistence
