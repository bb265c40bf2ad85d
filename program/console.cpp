#include <troupe/program/console.hpp>

#include <numeric>
#include <troupe/actor/ports/inquiry.hpp>
#include <troupe/node/node.hpp>

namespace troupe::program {
namespace {

/// How long an actor may take to say what it accepts: it does so ahead of its messages.
constexpr Duration inquiry_max = std::chrono::seconds(2);

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

}  // namespace

Task<ActorDescription, reentrant> Console::on(DescribeActor order) {
  const auto actor = node_->try_find_any(order.path);
  if (!actor.ok()) co_return ActorDescription{actor.error().context(), {}};
  if (inquiries_ == inquiries_max) co_return ActorDescription{"too many ask at once", {}};
  ++inquiries_;
  Future<runtime::AcceptedTypes> inquiry = runtime::ask_accepted_types(*actor, inquiry_max);
  const auto accepted = co_await std::move(inquiry);
  --inquiries_;
  if (!accepted.ok()) co_return ActorDescription{accepted.error().context(), {}};
  co_return ActorDescription{{}, described(accepted->types)};
}

NodeStatus Console::on(TellStatus /*order*/) {
  const SystemCounts counts = node_->system().counts();
  const TransportCounts links = node_->link_counts();
  NodeStatus status;
  status.is_ready = is_ready_;
  if (!is_ready_) status.not_ready_reason = "its setup has not returned yet";
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
