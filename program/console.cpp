#include <troupe/program/console.hpp>

#include <algorithm>
#include <numeric>
#include <troupe/actor/ports/inquiry.hpp>
#include <troupe/node/end_watch.hpp>
#include <troupe/node/node.hpp>

namespace troupe::program {
namespace {

constexpr const char* no_cluster =
    "it is in no cluster: give it cluster.seeds, at which it finds one, or cluster.redis";

std::vector<AcceptedMessage> described(const std::vector<const runtime::MessageType*>& types) {
  std::vector<AcceptedMessage> messages;
  for (const runtime::MessageType* type : types) {
    const runtime::MessageType* answer = type->reply;
    const bool has_answer = answer != nullptr && answer->describe != nullptr;
    messages.push_back({std::string(type->name), type->describe(*type),
                        has_answer ? answer->describe(*answer) : std::string()});
  }
  return messages;
}

ActorDescription unknown(const Error& why) { return {why.context(), {}, why.code()}; }

}  // namespace

Task<ActorDescription, reentrant> Console::on(DescribeActor order) {
  const auto actor = node_->try_find_any(order.path);
  if (!actor.ok()) co_return unknown(actor.error());
  if (inquiries_ == inquiries_max) {
    co_return unknown(Error(ErrorCode::limit_reached, "too many ask at once: ask again later",
                            Execution::not_executed));
  }
  ++inquiries_;
  Future<runtime::AcceptedTypes> inquiry =
      runtime::ask_accepted_types(*actor, std::min(order.timeout, inquiry_max));
  const auto accepted = co_await std::move(inquiry);
  --inquiries_;
  if (!accepted.ok()) co_return unknown(accepted.error());
  co_return ActorDescription{{}, described(accepted->types)};
}

std::string Console::why_not_ready() const {
  if (!is_ready_) return "its setup has not returned yet";
  if (cluster_ == nullptr) return "";
  const MembershipView view = cluster_->members();
  const auto self = view.find(view.self());
  if (!self) return "it is in no cluster yet";
  if (self->rank != Rank::up) return "it is " + std::string(to_string(self->rank));
  return "";
}

ClusterStatus Console::on(TellMembers /*order*/) {
  if (cluster_ == nullptr) return ClusterStatus{no_cluster, 0, false, false, {}};
  const MembershipView view = cluster_->members();
  ClusterStatus status{{}, view.version(), view.is_settled(), view.may_own(), {}};
  for (const Member& member : view.members()) {
    status.members.push_back({member.identity.address.to_string(), member.identity.incarnation,
                              std::string(to_string(member.rank)), member.is_unreachable,
                              view.leader() == member.identity, member.roles, member.labels});
  }
  return status;
}

std::string Console::on(LeaveCluster /*order*/) {
  if (cluster_ == nullptr) return no_cluster;
  watch_->ask();  // A shutdown leaves.
  return "";
}

std::string Console::on(const DeclareDown& order) {
  if (cluster_ == nullptr) return no_cluster;
  for (const Member& member : cluster_->members().members()) {
    if (member.identity.address.to_string() != order.address || member.rank >= Rank::down) continue;
    cluster_->down(member.identity);
    return "";
  }
  return "there is no member " + order.address + " that is not down already";
}

NodeStatus Console::on(TellStatus /*order*/) {
  const SystemCounts counts = node_->system().counts();
  const TransportCounts links = node_->link_counts();
  NodeStatus status;
  status.not_ready_reason = why_not_ready();
  status.is_ready = status.not_ready_reason.empty();
  status.address = node_->address().to_string();
  status.incarnation = node_->incarnation();
  status.uptime = std::chrono::duration_cast<std::chrono::milliseconds>(now() - started_);
  status.messages_sent = counts.sent;
  status.messages_handled = counts.handled;
  status.dead_letters = counts.dropped;
  status.peers = links.peers_now;
  status.messages_in_flight = links.in_flight;
  status.messages_dropped =
      std::accumulate(links.dropped_out.begin(), links.dropped_out.end(), std::uint64_t{0});
  status.bytes_sent = links.bytes_sent;
  status.bytes_received = links.bytes_received;
  status.descriptors_used = links.descriptors_used;
  status.descriptors_max = links.descriptors_max;
  return status;
}

}  // namespace troupe::program
