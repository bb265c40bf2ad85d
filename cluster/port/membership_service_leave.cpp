// How a member leaves: it hands over, its actors end, and then it says that it goes.
#include <algorithm>
#include <troupe/cluster/port/membership_service.hpp>
#include <troupe/cluster/port/table_part.hpp>
#include <utility>

namespace troupe::cluster {
namespace {

/// Of a heartbeat, the pause between two looks whether all actors have ended.
constexpr int looks_per_heartbeat = 20;

}  // namespace

Future<LeaveReport> MembershipService::leave() {
  troupe::Promise<LeaveReport> promise;
  Future<LeaveReport> future = promise.future();
  {
    const std::lock_guard lock(mutex_);
    if (left_) {
      promise.set(*left_);
      return future;
    }
    leave_orders_.push_back(std::move(promise));
    has_orders_.store(true, std::memory_order_release);
  }
  transport_.wake();
  return future;
}

Future<void> MembershipService::handed_over() {
  const std::lock_guard lock(mutex_);
  if (has_handed_over_) return Future<void>::ready({});
  return awaiting_hand_over_.emplace_back().future();
}

void MembershipService::skip_hand_over() {
  {
    const std::lock_guard lock(mutex_);
    skips_hand_over_ = true;
    has_orders_.store(true, std::memory_order_release);
  }
  transport_.wake();
}

std::vector<std::string> MembershipService::not_handed_over() const {
  const std::lock_guard lock(mutex_);
  return not_handed_over_;
}

/// Others see that this node leaves while it hands over. Who is alone is gone as soon as it says
/// so, and hands over before.
void MembershipService::begin_to_leave(TimePoint now) {
  leaving_ = Leaving{};
  leaving_->look_again_at = now;
  leaving_->exit_at = later(now, leave_timeout_);
  const MemberRecord* const own = core_.table().find(core_.identity());
  const bool is_up = core_.is_member() && !core_.ended() && own != nullptr && own->rank == Rank::up;
  const bool has_others = std::ranges::any_of(view_->members, [&](const Member& member) {
    return member.record.identity != core_.identity() && member.record.rank <= Rank::exiting;
  });
  if (has_others) core_.leave(now);
  hand_overs_.begin(is_up, later(now, leave_timeout_ / 2));
  perform(now);
}

/// Once all is handed over, the actors have ended, and what they said last is sent, this node goes.
void MembershipService::go_on_leaving(TimePoint now) {
  if (!leaving_->has_handed_over) {
    if (!hand_overs_.advance(now)) return;
    end_hand_over();
    core_.leave(now);
  }
  if (leaving_->has_exited || now < leaving_->look_again_at) return;
  const bool is_done = actors_.have_ended() && transport_.is_drained();
  if (!is_done && now < leaving_->exit_at) {
    const Duration pause =
        membership_times(core_.settings().detection, 1).heartbeat / looks_per_heartbeat;
    leaving_->look_again_at = std::min(later(now, pause), leaving_->exit_at);
    return;
  }
  leaving_->has_exited = true;
  core_.exit(now);
}

void MembershipService::end_hand_over() {
  leaving_->has_handed_over = true;
  std::vector<std::string> names;
  for (const HandOvers::Failure& failure : hand_overs_.failures()) {
    log_.warn("before this node leaves, {} was not handed over: {}", failure.name,
              failure.error.to_string());
    names.push_back(failure.name);
  }
  {
    const std::lock_guard lock(mutex_);
    not_handed_over_ = std::move(names);
  }
  tell_of_hand_over();
  actors_.begin_shutdown();
}

void MembershipService::tell_of_hand_over() {
  std::vector<troupe::Promise<void>> awaiting;
  {
    const std::lock_guard lock(mutex_);
    has_handed_over_ = true;
    awaiting = std::exchange(awaiting_hand_over_, {});
  }
  for (auto& promise : awaiting) promise.set({});
}

void MembershipService::complete_leave() {
  LeaveReport report{core_.was_heard_to_leave()};
  {
    const std::lock_guard lock(mutex_);
    report.not_handed_over = not_handed_over_;
    left_ = report;
  }
  leaving_->has_exited = true;
  for (auto& promise : std::exchange(leaving_->promises, {})) promise.set(report);
}

}  // namespace troupe::cluster
