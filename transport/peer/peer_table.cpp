#include <troupe/transport/peer/peer_table.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <troupe/transport/link/link_context.hpp>

namespace troupe::transport {
namespace {

/// Where no life could be forgotten it is not tried again before.
constexpr Duration no_room_pause = std::chrono::seconds(1);

/// Adds the books of a link that is forgotten.
void add(LinkCounts& sum, const LinkCounts& counts) {
  sum.sent += counts.sent;
  sum.delivered += counts.delivered;
  sum.in_flight += counts.in_flight;
  std::ranges::transform(sum.dropped, counts.dropped, sum.dropped.begin(), std::plus<>());
}

/// The next push_back() needs no memory.
template <class T>
void make_room_for_one(std::vector<T>& list) {
  if (list.size() == list.capacity()) list.reserve(2 * list.size() + 1);
}

/// A message for a link that was forgotten.
void add(LinkCounts& sum, ErrorCode refused) {
  ++sum.sent;
  ++sum.dropped[static_cast<std::size_t>(refused)];
}

}  // namespace

Error PeerTable::stopped() {
  return {ErrorCode::shutdown, "the node has stopped", Execution::not_executed};
}

Error PeerTable::limit_reached(std::string_view what, std::string_view setting, std::size_t limit) {
  return {ErrorCode::limit_reached,
          "this node knows " + std::to_string(limit) + " " + std::string(what) +
              " at present, which is its limit (" + std::string(setting) + ")",
          Execution::not_executed};
}

void PeerTable::open(LinkContext& context) {
  const std::lock_guard lock(mutex_);
  context_ = &context;
}

void PeerTable::close() {
  const std::lock_guard lock(mutex_);
  context_ = nullptr;
  for (PeerLink* link : link_list_) link->close();
}

void PeerTable::forget() {
  const std::lock_guard lock(mutex_);
  system_.store(nullptr, std::memory_order_release);
  links_ = {};
  lives_.clear();
  for (const auto& [text, path] : paths_) ending_paths_.push_back(path);
  paths_ = {};
  const std::lock_guard names_lock(names_mutex_);
  told_names_ = {};
}

void PeerTable::keep(std::unique_ptr<RemotePeer> life) {
  const std::lock_guard lock(mutex_);
  kept_.push_back(std::move(life));
}

Result<PeerLink*> PeerTable::link(const NodeAddress& address) {
  const std::lock_guard lock(mutex_);
  if (context_ == nullptr) return stopped();
  const auto known = links_.find(address.to_string());
  if (known != links_.end()) return &merged_target(*known->second);
  if (links_.size() >= settings_.peers_max) {
    return limit_reached("nodes", "peers_max", settings_.peers_max);
  }
  return &link_locked(address);
}

Result<PeerLink*> PeerTable::own_link(const NodeAddress& address) {
  const std::lock_guard lock(mutex_);
  if (context_ == nullptr) return stopped();
  return &link_locked(address);
}

PeerLink* PeerTable::find_link(const NodeAddress& address) const {
  const std::lock_guard lock(mutex_);
  const auto known = links_.find(address.to_string());
  return known != links_.end() ? &merged_target(*known->second) : nullptr;
}

NodeIdentity PeerTable::who_is_at(const NodeAddress& address) const {
  const std::lock_guard lock(mutex_);
  const auto known = links_.find(address.to_string());
  if (known == links_.end()) return {address, 0};
  const PeerLink& link = merged_target(*known->second);
  return {link.address(), link.incarnation()};
}

PeerTarget& PeerTable::target_of(RemotePeer& peer) {
  const std::lock_guard lock(mutex_);
  if (peer.target() != nullptr) return *peer.target();
  PeerTarget* target = lives_.find(peer.name());
  if (target == nullptr || target->life() != peer.life()) {
    if (context_ != nullptr) static_cast<void>(make_room_for_life());
    target = &make_target(peer.identity(), peer.life().epoch);
  }
  peer.set_target(*target);
  if (peer.is_over) lives_.end(peer.name(), peer.life().epoch);
  return *target;
}

PeerTarget& PeerTable::begin_intake(RemotePeer& peer) {
  PeerTarget& target = target_of(peer);
  if (!peer.intake) {
    // In the outbox there, and as much again between.
    peer.intake.emplace(
        TargetIntake::Limits{settings_.unhandled_bytes_max, settings_.unhandled_messages_max,
                             twice(settings_.outbox_bytes_max),
                             twice(settings_.outbox_messages_max)},
        target);
  }
  return target;
}

bool PeerTable::make_room_for_life() {
  const TimePoint now = context_->actors.clock().coarse_now();
  if (now < no_life_until_) return false;
  if (lives_.make_room()) return true;
  no_life_until_ = now + no_room_pause;
  return false;
}

/// The link is made by whoever sends something.
PeerTarget& PeerTable::make_target(const NodeIdentity& identity, std::uint64_t epoch) {
  const auto known = links_.find(identity.address.to_string());
  if (known == links_.end()) {
    return lives_.add(identity, std::make_shared<const NodeAddress>(identity.address),
                      LinkWay::nowhere, epoch);
  }
  PeerLink& link = *known->second;
  link.detach();  // A node names itself by that address.
  return lives_.add(identity, link.shared_address(), link.end(), epoch);
}

/// That a ref has named: who takes a ref today means the epoch of today, or the next one.
Result<AnyRef> PeerTable::find_or_name(std::string_view name, runtime::ActorId id) {
  const std::lock_guard lock(mutex_);
  PeerTarget* const known = lives_.find(name);
  if (known != nullptr && (!known->is_over() || context_ == nullptr)) [[likely]]
    return known->ref(id);
  const auto identity = NodeIdentity::parse(name);
  if (!identity) return Error(ErrorCode::malformed, "a ref has an invalid address");
  if (context_ == nullptr) return stopped();
  const std::uint64_t epoch = context_->epochs.epoch(identity->address);
  if (known != nullptr && (epoch <= known->life().epoch || context_->ended.contains(*identity))) {
    return known->ref(id);
  }
  if (!make_room_for_life()) {
    return limit_reached("lives of nodes that refs name, all of them in use", "twice peers_max",
                         named_lives_max());
  }
  PeerTarget& made = make_target(*identity, epoch);
  const AnyRef ref = made.ref(id);
  if (context_->ended.contains(*identity)) lives_.end(name);
  return ref;
}

void PeerTable::end_life(const NodeIdentity& life, std::uint64_t last) {
  const std::lock_guard lock(mutex_);
  lives_.end(life.to_string(), last);
}

Result<PeerLink*> PeerTable::real_link(const PeerLink& alias, const NodeAddress& address) {
  const std::lock_guard lock(mutex_);
  if (context_ == nullptr) return stopped();
  const auto is_alias = [&](const PeerLink* link) {
    return link != &alias && link->merged_into() != nullptr;
  };
  const auto aliases = static_cast<std::size_t>(std::ranges::count_if(link_list_, is_alias));
  if (aliases >= settings_.aliases_max) {
    return limit_reached("nodes by other addresses", "aliases_max", settings_.aliases_max);
  }
  PeerLink& real = link_locked(address);
  real.detach();  // A node names itself by that address.
  return &real;
}

bool PeerTable::has_namesake(const PeerLink& link) const {
  const std::lock_guard lock(mutex_);
  const auto known = names_.find(link.address().name);
  return known != names_.end() && known->second > 1;
}

PeerLink& PeerTable::merged_target(PeerLink& link) noexcept {
  PeerLink* target = &link;
  while (PeerLink* next = target->merged_into()) target = next;
  return *target;
}

/// The number of links is limited by those who call.
PeerLink& PeerTable::link_locked(const NodeAddress& address) {
  std::string text = address.to_string();
  if (const auto known = links_.find(text); known != links_.end()) return *known->second;
  make_room_for_one(link_list_);
  make_room_for_one(new_links_);
  make_room_for_one(free_links_);
  auto shared = std::make_shared<const NodeAddress>(address);
  if (free_links_.empty()) {
    free_links_.push_back(&make_never_destroyed<PeerLink>(std::move(shared), *context_));
  } else {
    free_links_.back()->begin_anew(std::move(shared), *context_);
  }
  PeerLink* const link = free_links_.back();
  std::size_t& of_the_name = names_[address.name];
  links_.emplace(std::move(text), link);
  // Nothing here needs memory; where it ended before, the link is a free one.
  free_links_.pop_back();
  link_list_.push_back(link);
  new_links_.push_back(link);
  ++of_the_name;
  return *link;
}

std::optional<ErrorCode> PeerTable::find_anew(LinkWay& way) {
  const std::lock_guard lock(mutex_);
  if (context_ == nullptr) return ErrorCode::shutdown;
  if (way.is_over()) return ErrorCode::node_down;
  if (links_.size() >= links_max() && !links_.contains(way.address().to_string())) {
    return ErrorCode::limit_reached;
  }
  way.lead_to(link_locked(way.address()).end());
  return std::nullopt;
}

bool PeerTable::find_known(LinkWay& way) {
  const std::lock_guard lock(mutex_);
  if (context_ == nullptr) return false;
  const auto known = links_.find(way.address().to_string());
  if (known == links_.end()) return false;
  way.lead_to(known->second->end());
  return true;
}

void PeerTable::count_refused(ErrorCode reason) noexcept {
  const std::lock_guard lock(mutex_);
  add(forgotten_, reason);
}

bool PeerTable::forget(PeerLink& link) {
  const std::lock_guard lock(mutex_);
  if (context_ == nullptr) return false;
  const auto counts = link.forget();
  if (!counts) return false;
  add(forgotten_, *counts);
  ++links_forgotten_;
  links_.erase(counts->address.to_string());
  const auto named = names_.find(counts->address.name);
  if (--named->second == 0) names_.erase(named);
  std::erase(link_list_, &link);
  std::erase(new_links_, &link);
  if (link.may_begin_anew()) free_links_.push_back(&link);
  return true;
}

void PeerTable::add_new_links(std::vector<PeerLink*>& known) {
  const std::lock_guard lock(mutex_);
  known.insert(known.end(), new_links_.begin(), new_links_.end());
  new_links_.clear();
}

PeerTable::Books PeerTable::books() const {
  const std::lock_guard lock(mutex_);
  Books books{.links = {}, .forgotten = forgotten_};
  books.links.reserve(link_list_.size());
  for (const PeerLink* link : link_list_) books.links.push_back(link->counts());
  return books;
}

PeerTable::Lives PeerTable::named_lives() const {
  const std::lock_guard lock(mutex_);
  return {lives_.size(), lives_.forgotten()};
}

std::uint64_t PeerTable::links_forgotten() const {
  const std::lock_guard lock(mutex_);
  return links_forgotten_;
}

}  // namespace troupe::transport
