// The routees of a router: how they are made, found, replaced and given up.
#include <algorithm>
#include <string>
#include <troupe/actor/ports/roster.hpp>
#include <troupe/actor/runtime/nodes_by_role.hpp>
#include <troupe/actor/runtime/router_actor.hpp>
#include <troupe/actor/runtime/selection.hpp>
#include <troupe/base/hand_over.hpp>
#include <troupe/wire/fnv1a.hpp>
#include <utility>

namespace troupe::runtime {
namespace {

/// A routee that ends sooner, and was given nothing, would be made again and again for nothing.
constexpr Duration at_once = std::chrono::milliseconds(10);

/// Between two looks for who was not at the path of a node that has the role.
constexpr Duration look_again_after = std::chrono::seconds(1);

/// It is time for one.
struct LookAgain {
  static constexpr bool local_message = true;
};

/// Between two lines of lost routees: however many are lost, these are few.
constexpr Duration tell_losses_after = std::chrono::seconds(1);

/// It is time for one.
struct TellLosses {
  static constexpr bool local_message = true;
};

}  // namespace

void RouterActor::add(Routee routee) {
  const bool has_path = plan_->role_group.has_value();
  routee.seed = wire::Fnv1a().append(has_path ? routee.name : routee.ref.path()).value();
  watch(routee.ref);
  places_.emplace(routee.ref, routees_.size());
  routees_.push_back(std::move(routee));
}

/// From now on this hears of each change of who has the role.
void RouterActor::begin_to_follow() {
  SystemCore& core = *this_thread.core;
  Roster* const roster = core.roster.load(std::memory_order_acquire);
  sees(&core.roster);
  if (roster != nullptr) roster->follow(id_of(cell())).value();
  follow();
}

bool RouterActor::take_notice(Envelope& notice) {
  if (same_type(*notice.type, message_type<TellLosses>)) {
    losses_.is_told_later = false;
    if (losses_.untold != 0) tell_losses();
    return true;
  }
  if (!plan_->role_group) return false;
  if (same_type(*notice.type, message_type<RosterChanged>)) {
    notice.payload_as<RosterChanged>().token.reset();
  } else if (same_type(*notice.type, message_type<LookAgain>)) {
    looks_again_ = false;
  } else {
    return false;
  }
  follow();
  return true;
}

/// The routees are at the nodes that have the role now.
void RouterActor::follow() {
  const RoleGroup& group = *plan_->role_group;
  auto nodes = nodes_with(*this_thread.core, group.role);
  nobody_has_role_ = nodes.ok() ? "" : nodes.error().context();
  const auto changes = by_role_.follow(nodes.ok() ? *nodes : std::vector<NodeAddress>(),
                                       [this](const NodeAddress& node) { return find_at(node); });
  for (const AnyRef& ref : changes.gone) remove(ref);
  for (const auto& [ref, node] : changes.come) {
    add(Routee{ref, ActorPath{node, group.path}.to_string()});
  }
  if (by_role_.missing() != 0) look_again_later();
}

/// The first loss says when: were it the last, one that loses a routee each second would never
/// look.
void RouterActor::look_again_later() {
  if (std::exchange(looks_again_, true)) return;
  start_timer("look again", after(look_again_after), LookAgain{});
}

AnyRef RouterActor::find_at(const NodeAddress& node) const {
  SystemCore& core = *this_thread.core;
  auto found = select_at(core, node, plan_->role_group->path);
  if (found.ok()) return *found;
  if (const auto log = core.failure_log(LogLevel::warn, self().id())) {
    log->warn("has no routee on {} for now: {}", node, found.error());
  }
  return {};
}

/// Of a group by role, behind "has no routees".
std::string RouterActor::why_none() const {
  if (!plan_->role_group) return {};
  if (!nobody_has_role_.empty()) return ": " + nobody_has_role_;
  return ": nobody is at " + plan_->role_group->path + " of the " +
         std::to_string(by_role_.nodes()) + " that have the role \"" +
         plan_->role_group->role.name() + "\"";
}

/// It may live on, but is none of the routees.
void RouterActor::remove(const AnyRef& ref) {
  unwatch(ref);
  for (auto at = places_.find(ref); at != places_.end(); at = places_.find(ref)) {
    set_aside(at->second);
  }
  ended_.erase(ref);
}

/// Makes a routee of this name.
Result<void> RouterActor::add_new(Routee routee) {
  SpawnOptions options = plan_->options;
  if (plan_->routing.by == RouteBy::load) {
    routee.gauge = std::make_shared<LoadGauge>();
    options.middleware.insert(options.middleware.begin(), routee.gauge);
  }
  auto made = plan_->spawn(*this, routee.name, std::move(options));
  if (!made.ok()) return std::move(made).error();
  routee.ref = *made;
  routee.given = routee.never_begun = 0;
  routee.used = false;
  routee.made_at = this_thread.core->clock().now();
  add(std::move(routee));
  return {};
}

void RouterActor::set_aside_the_dead() {
  for (std::size_t place = 0; place < routees_.size();) {
    if (routees_[place].lives()) {
      ++place;
    } else {
      set_aside(place);
    }
  }
}

/// The last one takes its place.
void RouterActor::set_aside(std::size_t place) {
  forget_place(routees_[place].ref, place);
  const AnyRef ref = routees_[place].ref;
  ended_.insert_or_assign(ref, std::move(routees_[place]));
  const std::size_t last = routees_.size() - 1;
  if (place != last) {
    forget_place(routees_[last].ref, last);
    routees_[place] = std::move(routees_[last]);
    places_.emplace(routees_[place].ref, place);
  }
  routees_.pop_back();
}

void RouterActor::forget_place(const AnyRef& ref, std::size_t place) {
  auto [entry, end] = places_.equal_range(ref);
  while (entry != end && entry->second != place) ++entry;
  if (entry != end) places_.erase(entry);
}

void RouterActor::replace(const Terminated& gone) {
  for (auto at = places_.find(gone.ref); at != places_.end(); at = places_.find(gone.ref)) {
    set_aside(at->second);
  }
  auto old = ended_.extract(gone.ref);
  if (old.empty()) return;
  Routee routee = std::move(old.mapped());
  if (plan_->role_group) {
    by_role_.lose(gone.ref);
    look_again_later();
  }
  if (plan_->pool_size == 0) return;
  if (gone.reason == StopReason::failed) return lose(gone, "failed");
  const TimePoint now = this_thread.core->clock().now();
  // One that ends by itself, or by who uses it, does its work; one that never begins to does not.
  const bool counts =
      gone.reason != StopReason::stopped || (!routee.used && now - routee.made_at < at_once);
  if (counts && routee.replacements.on_failure(now) == Verdict::stop) {
    return lose(gone, "ended too often");
  }
  if (auto made = add_new(std::move(routee)); !made.ok()) {
    lose(gone, "ended and could not be made anew: " + made.error().to_string());
  }
}

/// A routee is gone for good. A pool without any would be a black hole, so it fails.
void RouterActor::lose(const Terminated& gone, std::string_view why) {
  ++losses_.untold;
  losses_.last = gone.path + " " + std::string(why);
  const bool none_is_left = routees_.empty() && ended_.empty();
  if (none_is_left || !losses_.is_told_later) tell_losses();
  if (none_is_left) {
    throw Failure(Error(ErrorCode::handler_failed,
                        "the pool has lost all its routees; the last: " + losses_.last));
  }
}

/// The first at once, and those that come in the time after it together.
void RouterActor::tell_losses() {
  const std::uint64_t losses = std::exchange(losses_.untold, 0);
  const std::string others =
      losses > 1 ? std::to_string(losses) + " routees are lost; the last: " : "";
  log().error("{}{} and is not replaced; {} of {} routees are left", others, losses_.last,
              routees_.size() + ended_.size(), plan_->pool_size);
  losses_.is_told_later = true;
  start_timer("tell losses", after(tell_losses_after), TellLosses{});
}

}  // namespace troupe::runtime
