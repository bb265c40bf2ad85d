// PeerTable's side of paths: what refs by path point to, and which of them are forgotten.
#include <algorithm>
#include <troupe/actor/ports/local_actors.hpp>
#include <troupe/base/printable.hpp>
#include <troupe/transport/link/link_context.hpp>
#include <troupe/transport/peer/peer_table.hpp>

namespace troupe::transport {
namespace {

/// Between two lines about the same node.
constexpr Duration passed_over_log_interval = std::chrono::minutes(1);

}  // namespace

Result<AnyRef> PeerTable::path(const ActorPath& path) {
  const std::lock_guard lock(mutex_);
  const auto target = path_locked(path);
  if (!target.ok()) return target.error();
  return AnyRef(static_cast<RemoteTarget*>(*target), (*target)->number());
}

Result<RemotePath*> PeerTable::path_locked(const ActorPath& path) {
  if (context_ == nullptr) return stopped();
  const auto link = links_.find(path.node.to_string());
  PeerLink* const there = link != links_.end() ? &merged_target(*link->second) : nullptr;
  const NodeAddress node = there != nullptr ? there->address() : path.node;
  std::string text = ActorPath{node, path.local}.to_string();
  if (const auto known = paths_.find(text); known != paths_.end()) {
    known->second->note_use();
    return known->second;
  }
  if (paths_.size() >= settings_.paths_max) make_room_for_path();
  if (paths_.size() >= settings_.paths_max) {
    return limit_reached("remote paths", "paths_max", settings_.paths_max);
  }
  if (free_paths_.empty()) free_paths_.push_back(&make_never_destroyed<RemotePath>(*this));
  RemotePath& named = *free_paths_.back();
  free_paths_.pop_back();
  if (there != nullptr) {
    named.begin(path.local, there->shared_address(), there->end());
  } else {  // The link is made by whoever sends something.
    named.begin(path.local, std::make_shared<const NodeAddress>(node), LinkWay::nowhere);
  }
  paths_.emplace(std::move(text), &named);
  if (paths_.size() == 1) context_->ready.wake();  // To be looked at from now on.
  return &named;
}

/// Proxies keep it without a number, so it is not forgotten.
Result<RemoteTarget*> PeerTable::node(const NodeAddress& address) {
  const std::lock_guard lock(mutex_);
  const auto target = path_locked({address, "/"});
  if (!target.ok()) return target.error();
  (*target)->keep();
  return static_cast<RemoteTarget*>(*target);
}

void PeerTable::forget_paths() {
  const std::lock_guard lock(mutex_);
  if (context_ != nullptr) forget_paths_locked();
}

void PeerTable::forget_paths_locked() {
  std::size_t too_many = paths_.size() - std::min(paths_.size(), settings_.paths_kept);
  for (auto entry = paths_.begin(); entry != paths_.end();) {
    RemotePath& path = *entry->second;
    if (path.take_use() || too_many == 0 || !path.forget()) {
      ++entry;
      continue;
    }
    --too_many;
    ++paths_forgotten_;
    if (path.may_begin()) free_paths_.push_back(&path);
    entry = paths_.erase(entry);
  }
}

/// Where all that may be known are known, those go that were not used since this was tried last.
void PeerTable::make_room_for_path() {
  const TimePoint now = context_->actors.clock().coarse_now();
  if (now < no_path_until_) return;
  forget_paths_locked();
  no_path_until_ = later(now, settings_.dead_connection_after);
}

void PeerTable::tell_of_lost_order(std::string_view order) noexcept {
  const runtime::ActorsVisit actors(anchor());
  if (!actors) return;
  const TimePoint now = actors->clock().coarse_now();
  std::unique_lock lock(mutex_);
  const std::uint64_t more = order_lines_.reopened(now);
  const bool may_log = order_lines_.admits(now);
  lock.unlock();
  const Logger log = actors->log(actors->name());
  if (more != 0) log.warn("{} more orders to actors by forgotten paths were not sent", more);
  if (!may_log) return;
  log.warn(
      "a {} was not sent: its ref is by a path that was not used for long and is forgotten "
      "(paths_kept, forget_after): select the path anew",
      order);
}

std::uint64_t PeerTable::lines_suppressed() const {
  const std::lock_guard lock(mutex_);
  return order_lines_.all_suppressed() + passed_over_lines_->crowded_out();
}

std::uint64_t PeerTable::lines_repeated() const {
  const std::lock_guard lock(mutex_);
  return passed_over_lines_->repeated();
}

/// Such things happen between honest nodes too, so it is no warning.
void PeerTable::note_passed_over(std::string_view node, std::string_view what) noexcept {
  passed_over_.add();
  const runtime::ActorsVisit actors(anchor());
  if (!actors) return;
  {
    const std::lock_guard lock(mutex_);
    const TimePoint now = actors->clock().coarse_now();
    if (!passed_over_lines_->admits(node, now, passed_over_log_interval)) return;
  }
  actors->log(actors->name())
      .info(
          "signals of other nodes were passed over, {} in all, as they came too late or were no "
          "business of theirs; the last, of {}: {}",
          passed_over_.get(), printable(node), what);
}

PeerTable::Paths PeerTable::paths() const {
  const std::lock_guard lock(mutex_);
  return {paths_.size(), paths_forgotten_};
}

}  // namespace troupe::transport
