#include <troupe/transport/identity/pair_epochs.hpp>

#include <algorithm>
#include <utility>

namespace troupe::transport {

std::uint64_t PairEpochs::epoch(const NodeAddress& address) const {
  const std::lock_guard lock(mutex_);
  const auto known = entries_.find(address.to_string());
  return known != entries_.end() ? known->second.epoch : first_;
}

bool PairEpochs::is_over(const NodeAddress& address, const PeerEpoch& life) const {
  const std::lock_guard lock(mutex_);
  const auto known = entries_.find(address.to_string());
  return known != entries_.end() && known->second.incarnation == life.incarnation &&
         life.epoch < known->second.epoch;
}

std::uint64_t PairEpochs::lost_life(const NodeAddress& address) const {
  const std::lock_guard lock(mutex_);
  const auto known = entries_.find(address.to_string());
  return known != entries_.end() && known->second.was_lost ? known->second.incarnation : 0;
}

void PairEpochs::raise(const NodeAddress& address, std::uint64_t epoch) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entry_of(address);
  entry.epoch = std::max(entry.epoch, epoch);
}

bool PairEpochs::meet(const NodeAddress& address, std::uint64_t incarnation) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entry_of(address);
  hold(entry);
  const bool is_back = entry.was_lost && entry.incarnation == incarnation;
  entry.incarnation = incarnation;
  entry.was_lost = false;
  return is_back;
}

bool PairEpochs::end(const NodeAddress& address, const PeerEpoch& life) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entry_of(address);
  if (entry.incarnation == life.incarnation && life.epoch < entry.epoch) return false;
  entry.incarnation = life.incarnation;
  entry.epoch = std::max(entry.epoch, life.epoch + 1);
  entry.was_lost = true;
  hold(entry);  // So that it is the newest of those that are not.
  let_go(entries_.find(address.to_string()));
  return true;
}

void PairEpochs::release(const NodeAddress& address, std::uint64_t incarnation) {
  const std::lock_guard lock(mutex_);
  const auto known = entries_.find(address.to_string());
  if (known == entries_.end() || known->second.incarnation != incarnation) return;
  Entry& entry = known->second;
  entry.was_lost = false;
  if (entry.epoch <= first_) {  // As of one that is not remembered.
    hold(entry);
    entries_.erase(known);
  } else if (entry.is_held) {
    let_go(known);
  }
}

std::size_t PairEpochs::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

std::uint64_t PairEpochs::forgotten() const {
  const std::lock_guard lock(mutex_);
  return forgotten_;
}

/// Of one that was not remembered, which is not held yet.
PairEpochs::Entry& PairEpochs::entry_of(const NodeAddress& address) {
  const auto [entry, is_new] = entries_.try_emplace(address.to_string());
  if (is_new) {
    entry->second.epoch = first_;
    entry->second.is_held = true;
    let_go(entry);
  }
  return entry->second;
}

void PairEpochs::hold(Entry& entry) {
  if (std::exchange(entry.is_held, true)) return;
  idle_.erase(entry.place);
}

/// Remembers it as the newest of those that are not held; the oldest is forgotten past the limit.
void PairEpochs::let_go(Entries::iterator entry) {
  entry->second.is_held = false;
  entry->second.place = idle_.insert(idle_.end(), &entry->first);
  if (idle_.size() <= remembered_max_) return;
  const auto oldest = entries_.find(*idle_.front());
  idle_.pop_front();
  first_ = std::max(first_, oldest->second.epoch);
  entries_.erase(oldest);
  ++forgotten_;
}

}  // namespace troupe::transport
