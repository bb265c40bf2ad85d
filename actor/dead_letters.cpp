#include <troupe/actor/dead_letters.hpp>

#include <troupe/actor/ports/want_of_memory.hpp>

namespace troupe {

std::vector<DeadLetter> DeadLetters::recent() const {
  const std::lock_guard lock(mutex_);
  return {kept_.begin(), kept_.end()};
}

std::uint64_t DeadLetters::total() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& count : counts_) sum += count.load(std::memory_order_relaxed);
  return sum;
}

void DeadLetters::add(DeadLetter letter) noexcept {
  count_one(letter.reason);
  if (kept_max_ == 0) return;
  const std::lock_guard lock(mutex_);
  if (kept_.size() == kept_max_) kept_.pop_front();
  static_cast<void>(runtime::succeeds([&] { kept_.push_back(std::move(letter)); }));
}

}  // namespace troupe
