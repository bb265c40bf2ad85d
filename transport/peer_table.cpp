#include <troupe/transport/peer_table.hpp>

#include <algorithm>
#include <functional>
#include <troupe/transport/link_context.hpp>

namespace troupe::transport {
namespace {

/// Adds the books of a link that is forgotten.
void add(LinkCounts& sum, const LinkCounts& counts) {
  sum.sent += counts.sent;
  sum.delivered += counts.delivered;
  sum.in_flight += counts.in_flight;
  std::ranges::transform(sum.dropped, counts.dropped, sum.dropped.begin(), std::plus<>());
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

PeerTable::PeerTable(NodeIdentity self, const TransportSettings& settings,
                     runtime::SystemAnchor* anchor)
    : self_(std::move(self)),
      self_name_(self_.to_string()),
      settings_(settings),
      anchor_(anchor),
      system_(anchor) {}

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
  targets_ = {};
  paths_ = {};
}

Result<PeerLink*> PeerTable::link(const NodeAddress& address) {
  const std::lock_guard lock(mutex_);
  if (context_ == nullptr) return stopped();
  const auto known = links_.find(address.to_string());
  if (known != links_.end()) return &whole_of(*known->second);
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
  return known != links_.end() ? &whole_of(*known->second) : nullptr;
}

NodeIdentity PeerTable::who_is_at(const NodeAddress& address) const {
  const std::lock_guard lock(mutex_);
  const auto known = links_.find(address.to_string());
  if (known == links_.end()) return {address, 0};
  const PeerLink& link = whole_of(*known->second);
  return {link.address(), link.incarnation()};
}

PeerTarget& PeerTable::target_of(RemotePeer& peer) {
  const std::lock_guard lock(mutex_);
  if (peer.target() != nullptr) return *peer.target();
  const auto known = targets_.find(peer.name());
  PeerTarget& target = known != targets_.end() ? *known->second : make_target(peer.identity());
  peer.set_target(target);
  return target;
}

PeerTarget& PeerTable::make_target(const NodeIdentity& identity) {
  PeerLink& link = link_locked(identity.address);
  link.separate();  // A node names itself by that address.
  auto& made =
      make_immortal<PeerTarget>(*this, link.shared_address(), identity.incarnation, link.end());
  targets_.emplace(identity.to_string(), &made);
  return made;
}

/// That a ref has named.
Result<PeerTarget*> PeerTable::find_or_name(std::string_view name) {
  const std::lock_guard lock(mutex_);
  if (const auto known = targets_.find(name); known != targets_.end()) return known->second;
  const auto identity = NodeIdentity::parse(name);
  if (!identity) return Error(ErrorCode::malformed, "a ref has an address that is none");
  if (context_ == nullptr) return stopped();
  if (targets_.size() >= named_lives_max()) {
    std::erase_if(targets_, [](const auto& one) { return one.second->way().is_over(); });
  }
  if (targets_.size() >= named_lives_max()) {
    return limit_reached("lives of nodes that refs name", "twice peers_max", named_lives_max());
  }
  PeerTarget& made = make_target(*identity);
  if (context_->ended.contains(*identity)) made.way().set_over();
  return &made;
}

void PeerTable::forget_life(const NodeIdentity& life) {
  const std::lock_guard lock(mutex_);
  const auto known = targets_.find(life.to_string());
  if (known == targets_.end()) return;
  known->second->way().set_over();
  targets_.erase(known);
}

Result<PeerLink*> PeerTable::real_link(const PeerLink& alias, const NodeAddress& address) {
  const std::lock_guard lock(mutex_);
  if (context_ == nullptr) return stopped();
  const auto is_alias = [&](const PeerLink* link) {
    return link != &alias && link->whole() != nullptr;
  };
  const auto aliases = static_cast<std::size_t>(std::ranges::count_if(link_list_, is_alias));
  if (aliases >= settings_.aliases_max) {
    return limit_reached("nodes by other addresses", "aliases_max", settings_.aliases_max);
  }
  PeerLink& real = link_locked(address);
  real.separate();  // A node names itself by that address.
  return &real;
}

bool PeerTable::has_namesake(const PeerLink& link) const {
  const std::lock_guard lock(mutex_);
  const auto known = names_.find(link.address().name);
  return known != names_.end() && known->second > 1;
}

PeerLink& PeerTable::whole_of(PeerLink& link) noexcept {
  PeerLink* whole = &link;
  while (PeerLink* next = whole->whole()) whole = next;
  return *whole;
}

/// The number of links is limited by those who call: each has a path or a life of its own.
PeerLink& PeerTable::link_locked(const NodeAddress& address) {
  const auto [entry, is_new] = links_.try_emplace(address.to_string(), nullptr);
  if (is_new) {
    auto shared = std::make_shared<const NodeAddress>(address);
    if (free_links_.empty()) {
      entry->second = &make_immortal<PeerLink>(std::move(shared), *context_);
    } else {
      entry->second = free_links_.back();
      free_links_.pop_back();
      entry->second->begin_anew(std::move(shared));
    }
    link_list_.push_back(entry->second);
    new_links_.push_back(entry->second);
    ++names_[address.name];
  }
  return *entry->second;
}

std::optional<ErrorCode> PeerTable::find_anew(LinkWay& way) {
  const std::lock_guard lock(mutex_);
  if (context_ == nullptr) return ErrorCode::shutdown;
  if (way.is_over()) return ErrorCode::node_down;
  way.lead_to(link_locked(way.address()).end());
  return std::nullopt;
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
  free_links_.push_back(&link);
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

std::uint64_t PeerTable::links_forgotten() const {
  const std::lock_guard lock(mutex_);
  return links_forgotten_;
}

}  // namespace troupe::transport
