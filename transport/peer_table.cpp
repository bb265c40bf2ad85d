#include <troupe/transport/peer_table.hpp>

#include <algorithm>

namespace troupe::transport {
namespace {

Error stopped() { return {ErrorCode::shutdown, "the node has stopped", Execution::not_executed}; }

Error limit_reached(std::string_view what, std::size_t limit) {
  return {ErrorCode::limit_reached,
          "this node has named " + std::to_string(limit) + " " + std::string(what) +
              ", which is its limit",
          Execution::not_executed};
}

}  // namespace

PeerTable::PeerTable(NodeIdentity self, const TransportSettings& settings,
                     runtime::SystemAnchor* anchor)
    : self_(std::move(self)), self_name_(self_.to_string()), settings_(settings), anchor_(anchor) {}

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
  links_ = {};
  peers_ = {};
  paths_ = {};
}

Result<PeerLink*> PeerTable::link(const NodeAddress& address) {
  const std::lock_guard lock(mutex_);
  if (context_ == nullptr) return stopped();
  const auto known = links_.find(address.to_string());
  if (known != links_.end()) return &whole_of(*known->second);
  if (links_.size() >= settings_.peers_max) return limit_reached("nodes", settings_.peers_max);
  return &link_locked(address);
}

Result<RemotePeer*> PeerTable::peer(const NodeIdentity& identity) {
  std::string name = identity.to_string();
  const std::lock_guard lock(mutex_);
  if (context_ == nullptr) return stopped();
  if (const auto known = peers_.find(name); known != peers_.end()) return known->second;
  if (peers_.size() >= settings_.peers_max) {
    return limit_reached("incarnations of nodes", settings_.peers_max);
  }
  PeerLink& link = link_locked(identity.address);
  link.separate();  // A node names itself by that address.
  auto& made = make_immortal<RemotePeer>(identity, link, *this, settings_);
  peers_.emplace(std::move(name), &made);
  return &made;
}

Result<RemotePath*> PeerTable::path(const ActorPath& path) {
  const std::lock_guard lock(mutex_);
  if (context_ == nullptr) return stopped();
  const auto link = links_.find(path.node.to_string());
  const NodeAddress& node = link != links_.end() ? whole_of(*link->second).address() : path.node;
  std::string text = ActorPath{node, path.local}.to_string();
  if (const auto known = paths_.find(text); known != paths_.end()) return known->second;
  if (paths_.size() >= settings_.paths_max) return limit_reached("paths", settings_.paths_max);
  auto& made = make_immortal<RemotePath>(path.local, link_locked(node));
  paths_.emplace(std::move(text), &made);
  return &made;
}

Result<RemoteTarget*> PeerTable::node(const NodeAddress& address) {
  const auto target = path({address, "/"});
  if (!target.ok()) return target.error();
  return static_cast<RemoteTarget*>(*target);
}

RemotePeer* PeerTable::find_peer(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto known = peers_.find(name);
  return known != peers_.end() ? known->second : nullptr;
}

Result<PeerLink*> PeerTable::real_link(const PeerLink& alias, const NodeAddress& address) {
  const std::lock_guard lock(mutex_);
  if (context_ == nullptr) return stopped();
  const auto is_alias = [&](const PeerLink* link) {
    return link != &alias && link->whole() != nullptr;
  };
  const auto aliases = static_cast<std::size_t>(std::ranges::count_if(link_list_, is_alias));
  if (aliases >= settings_.aliases_max) {
    return limit_reached("nodes by other addresses", settings_.aliases_max);
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

/// The number of links is limited by those who call: each has a path or a peer of its own.
PeerLink& PeerTable::link_locked(const NodeAddress& address) {
  const auto [entry, is_new] = links_.try_emplace(address.to_string(), nullptr);
  if (is_new) {
    entry->second = &make_immortal<PeerLink>(address, *context_);
    link_list_.push_back(entry->second);
    ++names_[address.name];
  }
  return *entry->second;
}

void PeerTable::add_new_links(std::vector<PeerLink*>& known) const {
  const std::lock_guard lock(mutex_);
  if (known.size() >= link_list_.size()) return;
  known.insert(known.end(), link_list_.begin() + static_cast<std::ptrdiff_t>(known.size()),
               link_list_.end());
}

}  // namespace troupe::transport
