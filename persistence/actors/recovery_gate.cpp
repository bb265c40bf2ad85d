#include <troupe/persistence/actors/recovery_gate.hpp>

#include <algorithm>
#include <utility>

namespace troupe::persistence {

RecoveryCounts RecoveryGate::counts() const {
  const std::lock_guard lock(mutex_);
  RecoveryCounts counts = counts_;
  counts.waiting = waiting_.size();
  return counts;
}

/// Who comes may be gone as soon as the lock is released, so its promise is taken before.
void RecoveryGate::admit_with(std::unique_lock<std::mutex> lock) {
  std::list<Promise<void>> admitted;
  while (!waiting_.empty() && counts_.recovering < max_) {
    Turn& turn = *waiting_.front();
    waiting_.pop_front();
    turn.is_waiting_ = false;
    turn.has_come_ = true;
    ++counts_.recovering;
    counts_.recovering_max = std::max(counts_.recovering_max, counts_.recovering);
    admitted.push_back(std::move(turn.came_));
  }
  lock.unlock();
  for (Promise<void>& one : admitted) one.set({});
}

Future<void> RecoveryGate::Turn::come(std::size_t max) {
  Future<void> came = came_.future();
  std::unique_lock lock(gate_.mutex_);
  gate_.max_ = max;
  place_ = gate_.waiting_.insert(gate_.waiting_.end(), this);
  is_waiting_ = true;
  gate_.admit_with(std::move(lock));
  return came;
}

RecoveryGate::Turn::~Turn() {
  std::unique_lock lock(gate_.mutex_);
  if (has_come_) --gate_.counts_.recovering;
  if (is_waiting_) gate_.waiting_.erase(place_);
  gate_.admit_with(std::move(lock));
}

void RecoveryGate::Turn::note_recovered() noexcept {
  const std::lock_guard lock(gate_.mutex_);
  ++gate_.counts_.recovered;
}

}  // namespace troupe::persistence
