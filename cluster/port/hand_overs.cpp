#include <troupe/cluster/port/hand_overs.hpp>

#include <algorithm>
#include <troupe/actor/ports/may_wait.hpp>
#include <utility>

namespace troupe::cluster {

HandOvers::HandOvers(std::function<void()> wake) : running_(std::make_shared<Running>()) {
  running_->wake = std::move(wake);
}

void HandOvers::Running::finish(std::size_t hook, Result<void> how) {
  const std::lock_guard lock(mutex);
  if (hook != number || result) return;  // It comes too late, or twice.
  result = std::move(how);
  if (wake) wake();
}

bool HandOvers::Running::may_begin(std::size_t hook) {
  const std::lock_guard lock(mutex);
  return hook == number;
}

void HandOvers::close() {
  const std::lock_guard lock(running_->mutex);
  running_->wake = nullptr;
}

Result<void> HandOvers::add(std::string name, Hook hook, std::size_t hooks_max) {
  const std::lock_guard lock(mutex_);
  if (state_ != State::registering) {
    return Error(ErrorCode::shutdown,
                 "this node leaves already, so " + name + " is not handed over",
                 Execution::not_executed);
  }
  const auto former = std::ranges::find(hooks_, name, &Named::name);
  if (former != hooks_.end()) {
    former->hook = std::move(hook);
    return {};
  }
  if (hooks_.size() >= hooks_max) {
    return Error(ErrorCode::limit_reached,
                 "this node has " + std::to_string(hooks_.size()) +
                     " hooks before it leaves, and may have no more; " + name +
                     " is not among them",
                 Execution::not_executed);
  }
  hooks_.push_back({std::move(name), std::move(hook)});
  return {};
}

void HandOvers::set_state(State state) {
  const std::lock_guard lock(mutex_);
  state_ = state;
}

void HandOvers::begin(bool is_needed, TimePoint deadline) {
  if (state_ != State::registering) return;
  deadline_ = deadline;
  set_state(State::running);  // From here on the hooks stay as they are.
  if (!is_needed || hooks_.empty()) return set_state(State::over);
  if (is_skipped_) return skip();
  call_next();
}

/// A user's function: it runs on a thread for such, where it holds up nobody else and may wait, and
/// what it throws is its result. Where no such thread is free before all is over, it is not called
/// any more: what it would move belongs to others by then.
void HandOvers::call_next() {
  const std::size_t number = ++called_;
  const std::shared_ptr<Running> running = running_;
  {
    const std::lock_guard lock(running->mutex);
    running->number = number;
    running->result.reset();
  }
  troupe::Promise<TimePoint> go;
  Future<void> called = go.future().then(
      [running, number, hook = std::move(hooks_[number - 1].hook)](Result<TimePoint> deadline) {
        if (!deadline.ok()) return running->finish(number, deadline.error());
        if (!running->may_begin(number)) return;
        const runtime::MayWait scope;
        runtime::when_done<runtime::CodeOf::runtime>(
            hook(*deadline),
            [running, number](Result<void> done) { running->finish(number, std::move(done)); });
      });
  runtime::when_done<runtime::CodeOf::runtime>(std::move(called),
                                               [running, number](Result<void> thrown) {
                                                 if (!thrown.ok())
                                                   running->finish(number, std::move(thrown));
                                               });
  go.set(deadline_);
}

bool HandOvers::advance(TimePoint now) {
  if (state_ != State::running) return state_ == State::over;
  std::optional<Result<void>> result;
  {
    const std::lock_guard lock(running_->mutex);
    result = std::exchange(running_->result, std::nullopt);
  }
  if (result) {
    if (!result->ok()) failures_.push_back({hooks_[called_ - 1].name, result->error()});
    if (called_ < hooks_.size() && now < deadline_) {
      call_next();
      return false;
    }
    is_done_ = true;
  }
  if (!result && now < deadline_) return false;
  give_up(ErrorCode::timeout, "it was not done in time", "others took all of the time");
  return true;
}

void HandOvers::give_up(ErrorCode code, const char* called, const char* waiting) {
  if (state_ != State::running) return;
  {
    const std::lock_guard lock(running_->mutex);
    running_->number = 0;
  }
  const bool one_runs = called_ != 0 && !is_done_;
  for (std::size_t i = called_ - (one_runs ? 1 : 0); i < hooks_.size(); ++i) {
    failures_.push_back({hooks_[i].name, Error(code, i < called_ ? called : waiting)});
  }
  set_state(State::over);
}

void HandOvers::give_up() {
  constexpr const char* reason = "this life of the node as a member is over";
  give_up(ErrorCode::timeout, reason, reason);
}

void HandOvers::skip() {
  is_skipped_ = true;
  constexpr const char* reason = "an order was to hand over nothing more";
  give_up(ErrorCode::refused, reason, reason);
}

}  // namespace troupe::cluster
