#include <troupe/cluster/port/view_board.hpp>

#include <algorithm>
#include <troupe/cluster/port/view_slot.hpp>
#include <utility>

namespace troupe::cluster {
namespace {

/// Where so many wait, it is looked whether some have given up; then where there are twice as many.
constexpr std::size_t waiting_looked_at_min = 16;

bool is_up(const View& view) {
  const Member* const own = view.find(view.self);
  return view.cluster != 0 && !view.has_ended && own != nullptr && own->record.rank == Rank::up;
}

}  // namespace

ViewBoard::ViewBoard(const runtime::LocalActors& actors) : actors_(actors) {}

std::shared_ptr<const View> ViewBoard::newest() const {
  const std::lock_guard lock(mutex_);
  return newest_;
}

void ViewBoard::publish(std::shared_ptr<const View> view) {
  std::vector<std::pair<runtime::ActorId, std::shared_ptr<ViewSlot>>> told;
  std::vector<Waiting> done;
  {
    const std::lock_guard lock(mutex_);
    newest_ = view;
    told.assign(slots_.begin(), slots_.end());
    if (is_up(*view)) {
      done = take_waiting(TimePoint::max());
      refused_.reset();
    }
  }
  for (const auto& [actor, slot] : told) show(actor, slot, view);
  for (Waiting& waiting : done) waiting.promise.set(troupe::MembershipView(view));
}

/// Forgets an actor that has ended.
void ViewBoard::show(runtime::ActorId actor, const std::shared_ptr<ViewSlot>& slot,
                     const std::shared_ptr<const View>& view) {
  if (!slot->put(view) || actors_.notify(actor, troupe::MembershipView(slot))) return;
  const std::lock_guard lock(mutex_);
  slots_.erase(actor);
}

Result<void> ViewBoard::subscribe(const AnyRef& subscriber, std::size_t subscribers_max) {
  if (subscriber.is_remote()) {
    return Error(ErrorCode::invalid_setting,
                 "an actor of another node subscribes to that node's views: " + subscriber.path(),
                 Execution::not_executed);
  }
  if (!actors_.find(subscriber.id())) {
    return Error(ErrorCode::invalid_setting,
                 "an actor of another system subscribes to views of its own node, if it has one",
                 Execution::not_executed);
  }
  auto slot = std::make_shared<ViewSlot>();
  const auto has_ended = [this](const auto& entry) { return !actors_.find_open(entry.first); };
  std::shared_ptr<const View> view;
  {
    const std::lock_guard lock(mutex_);
    if (slots_.size() >= subscribers_max) std::erase_if(slots_, has_ended);
    if (slots_.size() >= subscribers_max && !slots_.contains(subscriber.id())) {
      return Error(ErrorCode::limit_reached,
                   "views have " + std::to_string(subscribers_max) + " subscribers already",
                   Execution::not_executed);
    }
    // Whoever was started anew has forgotten what it was shown.
    slot = slots_.try_emplace(subscriber.id(), std::move(slot)).first->second;
    view = newest_;
  }
  show(subscriber.id(), slot, view);
  return {};
}

std::size_t ViewBoard::subscribers() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::ranges::count_if(
      slots_, [this](const auto& entry) { return bool(actors_.find_open(entry.first)); }));
}

Future<troupe::MembershipView> ViewBoard::joined(TimePoint deadline) {
  const std::lock_guard lock(mutex_);
  if (ended_) return Future<troupe::MembershipView>::ready(*ended_);
  if (is_up(*newest_)) {
    return Future<troupe::MembershipView>::ready(troupe::MembershipView(newest_));
  }
  if (refused_) return Future<troupe::MembershipView>::ready(*refused_);
  if (waiting_.size() >= std::min(waiting_looked_at_, waiting_max)) {
    std::erase_if(waiting_, [](const Waiting& waiting) { return waiting.state->is_done(); });
    waiting_looked_at_ = std::max(waiting_looked_at_min, 2 * waiting_.size());
  }
  if (waiting_.size() >= waiting_max) {
    return Future<troupe::MembershipView>::ready(Error(
        ErrorCode::limit_reached,
        std::to_string(waiting_.size()) + " wait for this node to be up already, and no more may",
        Execution::not_executed));
  }
  Waiting waiting{{}, deadline};
  auto future = waiting.promise.future();
  waiting.state = future.state();
  future.state()->cancel_when_dropped();
  next_deadline_ = std::min(next_deadline_, deadline);
  waiting_.push_back(std::move(waiting));
  return future;
}

/// Those whose deadline is `until` or earlier. The lock is held.
std::vector<ViewBoard::Waiting> ViewBoard::take_waiting(TimePoint until) {
  std::vector<Waiting> taken;
  std::vector<Waiting> left;
  next_deadline_ = TimePoint::max();
  for (Waiting& waiting : waiting_) {
    if (waiting.deadline <= until) {
      taken.push_back(std::move(waiting));
    } else {
      next_deadline_ = std::min(next_deadline_, waiting.deadline);
      left.push_back(std::move(waiting));
    }
  }
  waiting_ = std::move(left);
  return taken;
}

void ViewBoard::advance(TimePoint now) {
  std::vector<Waiting> late;
  {
    const std::lock_guard lock(mutex_);
    if (next_deadline_ > now) return;
    late = take_waiting(now);
  }
  for (Waiting& waiting : late) {
    waiting.promise.fail(
        Error(ErrorCode::timeout, "this node has not come up in a cluster in time"));
  }
}

TimePoint ViewBoard::next_deadline() const {
  const std::lock_guard lock(mutex_);
  return next_deadline_;
}

void ViewBoard::refuse(Error reason) {
  std::vector<Waiting> all;
  {
    const std::lock_guard lock(mutex_);
    refused_ = reason;
    all = take_waiting(TimePoint::max());
  }
  for (Waiting& waiting : all) waiting.promise.fail(reason);
}

void ViewBoard::end(Error reason) {
  std::vector<Waiting> all;
  {
    const std::lock_guard lock(mutex_);
    ended_ = reason;
    all = take_waiting(TimePoint::max());
  }
  for (Waiting& waiting : all) waiting.promise.fail(reason);
}

}  // namespace troupe::cluster
