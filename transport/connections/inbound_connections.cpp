#include <troupe/transport/connections/inbound_connections.hpp>

#include <algorithm>
#include <utility>

namespace troupe::transport {

void InboundConnections::begun(int descriptor, std::string peer, TimePoint now) {
  if (const auto old = connections_.find(descriptor); old != connections_.end()) {
    settle(old->second);  // Its end was not told.
    connections_.erase(old);
  }
  connections_.emplace(descriptor, Connection{++numbers_, std::move(peer), now});
  waiting_.push_back({descriptor, numbers_, later(now, limits_.hello_timeout)});
  ++unproven_;
}

int InboundConnections::proven(int descriptor, const std::string& name) {
  auto found = connections_.find(descriptor);
  if (found == connections_.end() || found->second.name != name) {
    found = std::ranges::find_if(connections_, [&](const auto& entry) {
      return !name.empty() && entry.second.name == name;
    });
  }
  if (found == connections_.end()) return -1;
  if (!std::exchange(found->second.has_proven, true)) {
    if (successes_ > 0) --successes_;
    settle(found->second);
    drop_settled();
  }
  return found->first;
}

void InboundConnections::has_spoken(int descriptor, std::string name) {
  const auto found = connections_.find(descriptor);
  if (found == connections_.end()) return;
  found->second.has_spoken = true;
  found->second.name = std::move(name);
}

std::string InboundConnections::name_of(int descriptor) const {
  const auto found = connections_.find(descriptor);
  return found != connections_.end() ? found->second.name : std::string();
}

void InboundConnections::given_up(int descriptor) {
  const auto found = connections_.find(descriptor);
  if (found == connections_.end()) return;
  found->second.is_given_up = true;
  settle(found->second);
  drop_settled();
}

bool InboundConnections::is_given_up(int descriptor) const {
  const auto found = connections_.find(descriptor);
  return found != connections_.end() && found->second.is_given_up;
}

InboundEnd InboundConnections::ended(int descriptor, bool is_told) {
  const auto found = connections_.find(descriptor);
  if (found == connections_.end()) return InboundEnd::peer;  // Its listener has ended before.
  const bool has_proven = found->second.has_proven;
  const bool is_silent = !found->second.has_spoken && found->second.is_unproven;
  settle(found->second);
  connections_.erase(found);
  drop_settled();
  if (has_proven) return InboundEnd::peer;
  if (is_told) return InboundEnd::unproven;
  if (successes_ == 0) return InboundEnd::stranger;
  --successes_;
  return is_silent ? InboundEnd::silent : InboundEnd::unproven;
}

std::vector<std::string> InboundConnections::all_ended() {
  std::vector<std::string> unproven;
  for (const auto& [descriptor, connection] : connections_) {
    if (!connection.has_proven && connection.has_spoken) unproven.push_back(connection.name);
  }
  connections_.clear();
  waiting_.clear();
  unproven_ = 0;
  successes_ = 0;
  return unproven;
}

std::vector<InboundConnections::Overdue> InboundConnections::take_overdue(TimePoint now) {
  std::size_t due = unproven_ > limits_.unproven_max ? unproven_ - limits_.unproven_max : 0;
  std::size_t passed = 0;
  for (const Waiting& waiting : waiting_) {
    if (waiting.until > now) break;
    const Connection* connection = find(waiting);
    if (connection != nullptr && connection->is_unproven) ++passed;
  }
  return take_oldest(std::max(due, passed));
}

std::vector<InboundConnections::Overdue> InboundConnections::take_oldest(std::size_t max) {
  std::vector<Overdue> oldest;
  while (oldest.size() < max && !waiting_.empty()) {
    const int descriptor = waiting_.front().descriptor;
    Connection* connection = find(waiting_.front());
    waiting_.pop_front();
    if (connection == nullptr || !connection->is_unproven) continue;
    settle(*connection);
    oldest.push_back({descriptor, connection->peer});
  }
  drop_settled();
  return oldest;
}

TimePoint InboundConnections::next_deadline() const {
  return waiting_.empty() ? TimePoint::max() : waiting_.front().until;
}

InboundConnections::Connection* InboundConnections::find(const Waiting& waiting) {
  const auto found = connections_.find(waiting.descriptor);
  const bool is_it = found != connections_.end() && found->second.number == waiting.number;
  return is_it ? &found->second : nullptr;
}

void InboundConnections::settle(Connection& connection) {
  if (std::exchange(connection.is_unproven, false)) --unproven_;
}

void InboundConnections::drop_settled() {
  while (!waiting_.empty()) {
    const Connection* connection = find(waiting_.front());
    if (connection != nullptr && connection->is_unproven) return;
    waiting_.pop_front();
  }
}

}  // namespace troupe::transport
