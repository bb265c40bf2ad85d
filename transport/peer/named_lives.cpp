#include <troupe/transport/peer/named_lives.hpp>

#include <algorithm>
#include <utility>

namespace troupe::transport {
namespace {

/// Of the former lives, so many at the most are looked at when one more comes.
constexpr std::size_t former_looks = 8;

}  // namespace

PeerTarget* NamedLives::find(std::string_view name) {
  const auto known = targets_.find(name);
  if (known == targets_.end()) return nullptr;
  known->second->note_use();
  return known->second;
}

/// All are looked at twice at the most: then each one's use was noted and not renewed.
bool NamedLives::make_room() {
  for (std::size_t looks = 2 * present_.size(); present_.size() >= lives_max_; --looks) {
    if (looks == 0) return false;
    if (present_.front()->take_use() || !forget_first(present_)) {
      present_.splice(present_.end(), present_, present_.begin());
    }
  }
  return true;
}

PeerTarget& NamedLives::add(const NodeIdentity& life, std::shared_ptr<const NodeAddress> address,
                            LinkWay::End link, std::uint64_t epoch) {
  if (free_.empty()) free_.push_back(&make_never_destroyed<PeerTarget>(finder_));
  PeerTarget& named = *free_.back();
  free_.pop_back();
  named.begin(std::move(address), {life.incarnation, epoch}, link);
  named.place = present_.insert(present_.end(), &named);
  const auto [entry, is_first] = targets_.try_emplace(life.to_string(), &named);
  if (is_first) return named;
  if (entry->second->life().epoch > epoch) {
    end(named);
  } else {
    end(*entry->second);
    entry->second = &named;
  }
  return named;
}

void NamedLives::end(std::string_view name, std::uint64_t last) {
  const auto known = targets_.find(name);
  if (known != targets_.end() && known->second->life().epoch <= last) end(*known->second);
}

void NamedLives::end(PeerTarget& named) {
  if (named.is_over()) return;
  named.set_over();
  former_.splice(former_.end(), present_, named.place);
  for (std::size_t looks = former_looks; looks > 0 && former_.size() > former_lives_max; --looks) {
    if (!forget_first(former_)) former_.splice(former_.end(), former_, former_.begin());
  }
}

/// False where somebody uses it.
bool NamedLives::forget_first(std::list<PeerTarget*>& all) {
  PeerTarget& first = *all.front();
  std::string name = first.name();
  if (!first.forget()) return false;
  const auto known = targets_.find(name);
  if (known != targets_.end() && known->second == &first) targets_.erase(known);
  all.pop_front();
  ++forgotten_;
  if (first.may_begin()) free_.push_back(&first);
  return true;
}

void NamedLives::clear() noexcept {
  targets_.clear();
  former_.splice(former_.end(), present_);
}

bool NamedLives::end_all() noexcept {
  for (auto life = former_.begin(); life != former_.end();) {
    PeerTarget& target = **life;
    if (!target.forget()) {
      ++life;
      continue;
    }
    life = former_.erase(life);
    if (target.may_begin()) free_.push_back(&target);
  }
  return former_.empty();
}

}  // namespace troupe::transport
