#include <troupe/persistence/redis_storage/claimed_queues.hpp>

#include <algorithm>
#include <troupe/persistence/rules/operation_access.hpp>
#include <utility>

namespace troupe::persistence {
namespace {

constexpr std::size_t marks_max = 16;
// Those that are never thinned out.
constexpr std::size_t marks_kept = 4;

std::uint64_t last_of(const ClaimedQueue& queue) {
  return queue.marks.empty() ? 0 : queue.marks.back().number;
}

void hear_of(ClaimedQueue& queue, Position last, bool is_owner = true) {
  if (is_owner) queue.told = std::max(queue.told, last.number);
  if (last.number <= last_of(queue)) return;
  if (queue.marks.size() >= marks_max) {
    std::vector<Position> fewer;
    for (std::size_t i = 0; i < queue.marks.size(); ++i) {
      if (i % 2 == 0 || i + marks_kept >= queue.marks.size()) fewer.push_back(queue.marks[i]);
    }
    queue.marks = std::move(fewer);
  }
  queue.marks.push_back(last);
}

}  // namespace

bool ClaimedQueues::note(Operation& operation) {
  const std::lock_guard lock(mutex_);
  if (operation.kind() == Operation::Kind::claim_queue) {
    const auto& claim = static_cast<const ClaimQueue&>(operation);
    if (operation.outcome != Stored::stored) return false;
    ClaimedQueue& queue = queues_[claim.queue];
    queue.token = claim.token;
    queue.settled = claim.state.cursor.number;
    hear_of(queue, claim.state.last);
    return false;
  }
  const auto found = queues_.find(std::string(subject(operation).second));
  if (found == queues_.end()) return false;
  if (operation.kind() == Operation::Kind::drop_queue) {
    if (operation.outcome == Stored::stored) queues_.erase(found);
    return false;
  }
  ClaimedQueue& queue = found->second;
  if (operation.kind() == Operation::Kind::append_batch && is_stored(operation.outcome)) {
    const auto& append = static_cast<const AppendBatch&>(operation);
    const bool is_new = operation.outcome == Stored::stored;
    const bool goes_back = is_new && append.first.number <= last_of(queue);
    queue.is_in_doubt |= goes_back;
    if (!goes_back && append.taken > 0) {
      hear_of(queue, {append.first.milliseconds, append.first.number + append.taken - 1},
              append.by_owner);
    }
    return goes_back;
  }
  if (operation.kind() == Operation::Kind::read_queue && is_stored(operation.outcome)) {
    hear_of(queue, static_cast<const ReadQueue&>(operation).last);
  }
  if (operation.kind() == Operation::Kind::settle_batch) {
    const auto& settle = static_cast<const SettleBatch&>(operation);
    const bool is_over =
        operation.outcome == Stored::fenced || (is_stored(operation.outcome) && settle.releases);
    if (is_over && settle.token == queue.token) {
      queues_.erase(found);
    } else if (is_stored(operation.outcome)) {
      queue.settled = std::max(queue.settled, settle.cursor.number);
      hear_of(queue, settle.last);
    }
  }
  return false;
}

std::vector<std::string> ClaimedQueues::doubt_all() {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (auto& [name, queue] : queues_) {
    queue.is_in_doubt = true;
    names.push_back(name);
  }
  return names;
}

std::optional<ClaimedQueue> ClaimedQueues::doubted(const std::string& queue) const {
  const std::lock_guard lock(mutex_);
  const auto found = queues_.find(queue);
  if (found == queues_.end() || !found->second.is_in_doubt) return std::nullopt;
  return found->second;
}

void ClaimedQueues::restored(const QueueState& state) {
  const std::lock_guard lock(mutex_);
  const auto found = queues_.find(state.name);
  if (found == queues_.end()) return;
  found->second.is_in_doubt = false;
  hear_of(found->second, state.last, false);
}

void ClaimedQueues::forget(const std::string& queue) {
  const std::lock_guard lock(mutex_);
  queues_.erase(queue);
}

std::array<std::vector<KnownQueue>, buckets> ClaimedQueues::by_bucket() const {
  const std::lock_guard lock(mutex_);
  std::array<std::vector<KnownQueue>, buckets> found;
  for (const auto& [name, queue] : queues_) {
    found[bucket_of(name)].push_back({name, queue.told});
  }
  return found;
}

}  // namespace troupe::persistence
