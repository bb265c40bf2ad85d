#include <troupe/persistence/memory/memory_worker.hpp>

#include <string>
#include <troupe/base/check.hpp>
#include <troupe/persistence/memory/memory_journals.hpp>
#include <troupe/persistence/memory/memory_queues.hpp>
#include <troupe/persistence/rules/operation_access.hpp>
#include <troupe/persistence/rules/request_rules.hpp>
#include <utility>

namespace troupe::persistence {

MemoryWorker::MemoryWorker(MemorySettings settings)
    : settings_(std::move(settings)),
      queues_(std::make_unique<MemoryQueues>(settings_.limits)),
      journals_(std::make_unique<MemoryJournals>(settings_.limits)),
      waiting_(settings_.limits) {}

MemoryWorker::~MemoryWorker() { close(); }

void MemoryWorker::take(Operation& operation) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push(operation, is_closed_);
    if (is_working_ || (settings_.is_stepped && !is_closed_)) return;
    is_working_ = true;
  }
  work();
}

void MemoryWorker::work() {
  while (Operation* operation = next()) carry_out(*operation);
}

Operation* MemoryWorker::next() {
  const std::lock_guard lock(mutex_);
  Operation* operation = waiting_.pop();
  if (operation == nullptr) {
    is_working_ = false;
    idle_.notify_all();
  }
  return operation;
}

void MemoryWorker::carry_out(Operation& operation) {
  const auto [what, name] = subject(operation);
  std::string woken;
  if (operation.outcome != Stored::unavailable &&
      (what.empty() || has_name(operation, what, name))) {
    const std::uint64_t now = settings_.wall_clock ? settings_.wall_clock() : 0;
    visit(operation, [&](auto& one) {
      if constexpr (requires { queues_->carry_out(one, now, work_); }) {
        queues_->carry_out(one, now, work_);
      } else if constexpr (requires { queues_->carry_out(one); }) {
        queues_->carry_out(one);
      } else if constexpr (std::is_same_v<decltype(one), BackUp&>) {
        answered(one, Stored::refused, "storage in memory has no file to copy");
      } else if constexpr (requires { journals_->carry_out(one, work_); }) {
        journals_->carry_out(one, work_);
      } else {
        journals_->carry_out(one);
      }
    });
    const std::string queue(woken_by(operation));
    if (wake_ && !queue.empty() && queues_->is_claimed(queue)) woken = queue;
    ++work_.groups;
  }
  ++work_.answers[static_cast<std::size_t>(operation.outcome)];
  publish();
  operation.complete();  // It may be destroyed by this.
  if (!woken.empty()) wake_(woken);
}

void MemoryWorker::publish() {
  const std::lock_guard lock(mutex_);
  counts_ = work_;
}

void MemoryWorker::close() {
  {
    std::unique_lock lock(mutex_);
    is_closed_ = true;
    waiting_.refuse_all();
    if (is_working_) {
      idle_.wait(lock, [this] { return !is_working_; });
      return;
    }
    is_working_ = true;
  }
  work();
}

bool MemoryWorker::step() {
  TROUPE_CHECK(settings_.is_stepped, "only a stepped storage is stepped");
  Operation* operation = nullptr;
  {
    const std::lock_guard lock(mutex_);
    TROUPE_CHECK(!is_working_, "not from within complete()");
    is_working_ = true;
  }
  operation = next();
  if (operation == nullptr) return false;
  carry_out(*operation);
  {
    const std::lock_guard lock(mutex_);
    if (!is_closed_) {
      is_working_ = false;
      return true;
    }
  }
  work();  // close() waits for all that it has refused.
  return true;
}

std::unique_ptr<MemoryWorker> MemoryWorker::copy() const {
  auto worker = std::make_unique<MemoryWorker>(settings_);
  worker->queues_->assign(*queues_);
  worker->journals_->assign(*journals_);
  return worker;
}

StorageCounts MemoryWorker::counts() const {
  const std::lock_guard lock(mutex_);
  StorageCounts counts = counts_;
  counts.waiting = waiting_.size();
  counts.waiting_bytes = waiting_.bytes();
  return counts;
}

}  // namespace troupe::persistence
