#include <troupe/persistence/memory_storage.hpp>

#include <troupe/persistence/memory/memory_worker.hpp>
#include <utility>

namespace troupe::persistence {

MemoryStorage::MemoryStorage(MemorySettings settings)
    : worker_(std::make_unique<MemoryWorker>(std::move(settings))) {}

MemoryStorage::MemoryStorage(std::unique_ptr<MemoryWorker> worker) : worker_(std::move(worker)) {}

MemoryStorage::~MemoryStorage() = default;

std::unique_ptr<MemoryStorage> MemoryStorage::copy() const {
  return std::unique_ptr<MemoryStorage>(new MemoryStorage(worker_->copy()));
}

void MemoryStorage::on_append(std::function<void(std::string_view queue)> wake) {
  worker_->on_append(std::move(wake));
}

void MemoryStorage::close(Duration) { worker_->close(); }

StorageCounts MemoryStorage::counts() const { return worker_->counts(); }

const StorageLimits& MemoryStorage::limits() const noexcept { return worker_->limits(); }

bool MemoryStorage::step() { return worker_->step(); }

std::size_t MemoryStorage::run() {
  std::size_t steps = 0;
  while (step()) ++steps;
  return steps;
}

void MemoryStorage::take(Operation& operation) { worker_->take(operation); }

}  // namespace troupe::persistence
