#include <troupe/transport/connections/undelivered_bytes.hpp>

#include <algorithm>
#include <functional>
#include <utility>

namespace troupe::transport {
namespace {

constexpr Duration look_interval = std::chrono::milliseconds(5);
constexpr Duration per_connection = std::chrono::microseconds(100);
constexpr Duration per_trusted_connection = std::chrono::milliseconds(1);
/// Of the time between two looks, so that a pause of this process is held against nobody.
constexpr Duration counted_gap_max = std::chrono::seconds(1);
/// ZeroMQ reads a little from each of many connections in turn, and a network stands still now and
/// then.
constexpr Duration a_break = std::chrono::milliseconds(500);

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
  const bool is_first = looked_at_ == TimePoint::min();
  const Duration gap = is_first ? Duration::zero() : std::min(now - looked_at_, counted_gap_max);
  looked_at_ = now;
  delivered_ = 0;
  std::vector<int> offenders;
  for (const auto& [descriptor, connection] : connections_) {
    if (connection.unfinished() > limits_.message_bytes) offenders.push_back(descriptor);
  }
  find_offenders(unfinished(), limits_.unfinished_bytes, offenders);
  for (const int descriptor : offenders) ended(descriptor);
  has_unfinished_ = false;
  for (auto& [descriptor, connection] : connections_) {
    take(connection, taken(descriptor).value_or(0), gap);
  }
  const std::size_t before = offenders.size();
  find_offenders(strangers(), limits_.strangers_bytes, offenders);
  for (std::size_t i = before; i < offenders.size(); ++i) ended(offenders[i]);
  return offenders;
}

void UndeliveredBytes::take(Connection& connection, std::uint64_t taken, Duration since_last_look) {
  const std::uint64_t before = std::exchange(connection.taken, std::max(connection.taken, taken));
  if (connection.is_suspected) {
    if (connection.unfinished() == 0) return;
    has_unfinished_ = true;
    connection.quiet += since_last_look;
    if (connection.taken != before) connection.quiet = Duration::zero();
    (connection.quiet < a_break ? connection.receiving : connection.silent) += since_last_look;
  } else if (connection.taken - connection.base > limits_.trusted_bytes) {
    connection.base = connection.taken;
    connection.is_suspected = has_unfinished_ = true;
    connection.receiving = connection.silent = connection.quiet = Duration::zero();
    ++suspected_;
  }
}

std::vector<UndeliveredBytes::Share> UndeliveredBytes::strangers() const {
  std::vector<Share> all;
  for (const auto& [descriptor, connection] : connections_) {
    if (connection.is_strangers && connection.taken != 0)
      all.push_back({connection.taken, descriptor});
  }
  return all;
}

/// Of those that are no offenders anyhow. What they had sent when they came to be suspected may
/// have been of the same message.
std::vector<UndeliveredBytes::Share> UndeliveredBytes::unfinished() const {
  std::vector<Share> all;
  for (const auto& [descriptor, connection] : connections_) {
    if (connection.is_strangers || connection.unfinished() == 0) continue;
    if (connection.unfinished() > limits_.message_bytes || !is_overdue(connection)) continue;
    all.push_back({connection.unfinished() + limits_.trusted_bytes, descriptor});
  }
  return all;
}

bool UndeliveredBytes::is_overdue(const Connection& connection) const noexcept {
  return connection.receiving >= limits_.patience ||
         connection.receiving + connection.silent >= 2 * limits_.patience;
}

/// Past the limit so many of them are offenders that the rest have no more than half of it.
void UndeliveredBytes::find_offenders(std::vector<Share> shares, std::uint64_t bytes_max,
                                      std::vector<int>& offenders) {
  std::uint64_t bytes = 0;
  for (const Share& one : shares) bytes += one.bytes;
  if (bytes <= bytes_max) return;
  std::ranges::sort(shares, std::greater<>(), &Share::bytes);
  for (const Share& one : shares) {
    if (bytes <= bytes_max / 2) break;
    bytes -= one.bytes;
    offenders.push_back(one.descriptor);
  }
}

}  // namespace troupe::transport
