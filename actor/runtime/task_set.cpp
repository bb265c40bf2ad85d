#include <troupe/actor/runtime/task_set.hpp>

namespace troupe::runtime {

void destroy_callees(RootTask& task) noexcept {
  RootTask* innermost = &task;
  while (innermost->callee != nullptr) innermost = innermost->callee;
  while (innermost != &task) {
    RootTask* caller = innermost->caller;
    caller->callee = nullptr;
    *innermost->owner = nullptr;  // Its Task is in the caller's frame.
    innermost->frame.destroy();
    innermost = caller;
  }
}

std::uint64_t TaskSet::add(Wait& wait) {
  if (free_ == UINT32_MAX) {
    free_ = static_cast<std::uint32_t>(slots_.size());
    slots_.push_back({nullptr, 0, UINT32_MAX});
  }
  const std::uint32_t index = free_;
  Slot& slot = slots_[index];
  free_ = slot.next_free;
  slot.wait = &wait;
  ++slot.use;
  wait.token = (std::uint64_t{index + 1} << 32U) | slot.use;
  return wait.token;
}

void TaskSet::remove(Wait& wait) noexcept {
  if (wait.token == 0) return;
  const auto index = static_cast<std::uint32_t>(wait.token >> 32U) - 1;
  slots_[index].wait = nullptr;
  slots_[index].next_free = free_;
  free_ = index;
  wait.token = 0;
}

Wait* TaskSet::find(std::uint64_t token) const noexcept {
  const auto index = static_cast<std::uint32_t>(token >> 32U) - 1;
  if (index >= slots_.size()) return nullptr;
  const Slot& slot = slots_[index];
  return slot.use == static_cast<std::uint32_t>(token) ? slot.wait : nullptr;
}

void TaskSet::link(RootTask& task) noexcept {
  task.previous = nullptr;
  task.next = first_;
  if (first_ != nullptr) first_->previous = &task;
  first_ = &task;
}

void TaskSet::unlink(RootTask& task) noexcept {
  if (task.previous != nullptr) {
    task.previous->next = task.next;
  } else if (first_ == &task) {
    first_ = task.next;
  }
  if (task.next != nullptr) task.next->previous = task.previous;
  task.previous = task.next = nullptr;
}

}  // namespace troupe::runtime
