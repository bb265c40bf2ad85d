// Tables of nodes, one node after the other: what a node leaves behind is the next one's.
//
//   a table       what becomes of it
//   in use        its transport ends, then its system: then it is given back
//   given back    ends as soon as nobody uses a way of it, or waits for something that came by it
//   ended         is the next node's
//
// Who uses something of a table holds a number of it (NumberedUse) meanwhile, so that what is
// written when a table begins anew is read by nobody who has come for its former node. A ref to
// that node has an old number: it finds nothing, and is counted nowhere.
#include <algorithm>
#include <troupe/transport/peer/peer_table.hpp>

namespace troupe::transport {
namespace {

/// Of those that were given back and are still in use, so many at the most are looked at when one
/// is needed.
constexpr std::size_t looks_max = 4;

constinit std::mutex pool_mutex;
// Tables are NeverDestroyed, so a list that is never destroyed either loses nothing.
std::vector<PeerTable*>& given_back() {
  static auto& tables = *new std::vector<PeerTable*>;
  return tables;
}

}  // namespace

PeerTable::PeerTable() : lives_(*this, 1) {}

PeerTable& PeerTable::take(NodeIdentity self, const TransportSettings& settings,
                           runtime::SystemAnchor* anchor) {
  PeerTable* table = nullptr;
  {
    const std::lock_guard lock(pool_mutex);
    auto& tables = given_back();
    // The one that was given back last is most likely to be in use, or to be at an end of both.
    for (std::size_t looks = std::min(looks_max, tables.size()); looks > 0; --looks) {
      PeerTable* const last = tables.back();
      tables.pop_back();
      if (last->end()) {
        table = last;
        break;
      }
      tables.insert(tables.begin(), last);
    }
  }
  if (table == nullptr) table = &make_never_destroyed<PeerTable>();
  table->begin(std::move(self), settings, anchor);
  return *table;
}

void PeerTable::give_back(PeerTable& table) {
  static_cast<void>(table.end());  // What can be freed is freed now.
  const std::lock_guard lock(pool_mutex);
  given_back().push_back(&table);
}

void PeerTable::begin(NodeIdentity self, const TransportSettings& settings,
                      runtime::SystemAnchor* anchor) {
  const std::lock_guard lock(mutex_);
  self_ = std::move(self);
  self_name_ = self_.to_string();
  settings_ = settings;
  anchor_ = anchor;
  system_.store(anchor, std::memory_order_release);
  links_forgotten_ = paths_forgotten_ = 0;
  forgotten_ = {};
  lives_.begin(named_lives_max());
  no_life_until_ = no_path_until_ = {};
  order_lines_ = LogLimiter(10, std::chrono::seconds(1));
  passed_over_.take_back(passed_over_.get());
  passed_over_lines_.emplace();
  nodes.begin();
}

/// False where somebody uses something of it; what nobody uses has ended. Links come last: they are
/// used by ways only, and on behalf of the node.
bool PeerTable::end() {
  const std::lock_guard lock(mutex_);
  const auto is_idle = [](const std::unique_ptr<RemotePeer>& life) {
    return !life->intake || life->intake->is_idle();
  };
  std::erase_if(kept_, is_idle);
  if (!kept_.empty()) return false;
  const bool lives_have_ended = lives_.end_all();
  std::erase_if(ending_paths_, [this](RemotePath* path) {
    if (!path->end()) return false;
    if (path->may_begin()) free_paths_.push_back(path);
    return true;
  });
  if (!lives_have_ended || !ending_paths_.empty()) return false;
  if (nodes.number() % 2 == 1 && !nodes.end()) return false;
  names_.clear();
  new_links_.clear();
  for (PeerLink* const link : std::exchange(link_list_, {})) {
    link->end_life();
    if (link->may_begin_anew()) free_links_.push_back(link);
  }
  return true;
}

}  // namespace troupe::transport
