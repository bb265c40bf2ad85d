#include <troupe/transport/undelivered_bytes.hpp>

#include <algorithm>
#include <functional>
#include <utility>

namespace troupe::transport {
namespace {

constexpr Duration look_interval = std::chrono::milliseconds(5);
constexpr Duration per_connection = std::chrono::microseconds(100);
constexpr Duration per_trusted_connection = std::chrono::milliseconds(1);

}  // namespace

void UndeliveredBytes::begun(int descriptor) {
  ended(descriptor);  // Of the one before, that was not told.
  connections_.emplace(descriptor, Connection{});
}

void UndeliveredBytes::proven(int descriptor) {
  const auto found = connections_.find(descriptor);
  if (found != connections_.end()) found->second.is_strangers = false;
}

void UndeliveredBytes::ended(int descriptor) {
  const auto found = connections_.find(descriptor);
  if (found == connections_.end()) return;
  if (found->second.is_suspected) --suspected_;
  connections_.erase(found);
}

void UndeliveredBytes::all_ended() {
  connections_.clear();
  suspected_ = 0;
}

void UndeliveredBytes::delivered(int descriptor) {
  ++delivered_;
  const auto found = connections_.find(descriptor);
  if (found == connections_.end() || !found->second.is_suspected) return;
  found->second.is_suspected = false;
  --suspected_;
}

/// Twice, because ZeroMQ changes the order of connections when one of them has nothing left.
bool UndeliveredBytes::all_had_a_turn() const noexcept {
  return delivered_ / 2 >= connections_.size();
}

TimePoint UndeliveredBytes::look_at(bool strangers) const noexcept {
  if (looked_at_ == TimePoint::min()) return looked_at_;
  const Duration each = strangers || suspects_any() ? per_connection : per_trusted_connection;
  const auto connections = static_cast<Duration::rep>(connections_.size());
  return looked_at_ + std::max(look_interval, connections * each);
}

std::vector<int> UndeliveredBytes::look(const Taken& taken, TimePoint now) {
  looked_at_ = now;
  delivered_ = 0;
  std::vector<int> guilty;
  for (auto& [descriptor, connection] : connections_) {
    if (connection.is_suspected && connection.taken - connection.base > bytes_max_) {
      guilty.push_back(descriptor);
      continue;
    }
    connection.taken = std::max(connection.taken, taken(descriptor).value_or(0));
    if (connection.is_suspected || connection.taken - connection.base <= bytes_max_) continue;
    connection.base = connection.taken;
    connection.is_suspected = true;
    ++suspected_;
  }
  for (const int descriptor : guilty) ended(descriptor);
  for (const int descriptor : greedy_strangers()) {
    ended(descriptor);
    guilty.push_back(descriptor);
  }
  return guilty;
}

/// So many of them that the rest have sent no more than half of what they may.
std::vector<int> UndeliveredBytes::greedy_strangers() const {
  std::uint64_t bytes = 0;
  std::vector<std::pair<std::uint64_t, int>> strangers;
  for (const auto& [descriptor, connection] : connections_) {
    if (!connection.is_strangers || connection.taken == 0) continue;
    bytes += connection.taken;
    strangers.emplace_back(connection.taken, descriptor);
  }
  std::vector<int> greedy;
  if (bytes <= strangers_bytes_max_) return greedy;
  std::ranges::sort(strangers, std::greater<>());
  for (const auto& [taken, descriptor] : strangers) {
    if (bytes <= strangers_bytes_max_ / 2) break;
    bytes -= taken;
    greedy.push_back(descriptor);
  }
  return greedy;
}

}  // namespace troupe::transport
