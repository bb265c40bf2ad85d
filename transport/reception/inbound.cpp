#include <troupe/transport/reception/inbound.hpp>

#include <troupe/base/printable.hpp>

namespace troupe::transport {
namespace {

constexpr std::size_t found_paths_max = 10'000;

}  // namespace

void Inbound::receive(RemotePeer& peer, const Request& request,
                      const std::shared_ptr<const void>& owner, TimePoint now) {
  (request.correlation != 0 ? counts_.asks : counts_.tells).add(request.count);
  if (peer.types.refuses(request.type_key)) return refuse_type(peer, request);
  const AnyRef actor = find(request.target);
  if (!actor) return refuse_unknown(peer, request);
  auto receipt = peer.intake->admit(actor.id(), request.target,
                                    request.payload.size() + request.more.size(), request.count);
  if (!receipt) return refuse_past_hold(peer, request, actor.id());
  runtime::EncodedMessage message{.type_key = request.type_key,
                                  .bytes = request.payload,
                                  .origin = peer.target(),
                                  .sender = {},
                                  .owner = owner,
                                  .more = request.more,
                                  .count = request.count,
                                  .receipt = *std::move(receipt)};
  if (request.sender != 0) {
    const AnyRef sender = peer.target()->ref(request.sender);
    message.sender = {sender.target(), sender.id()};
  }
  if (request.correlation == 0) {
    return runtime::LocalActors::deliver(actor, std::move(message));
  }
  peer.target()->retain();
  const runtime::AskPart ask{peer.target(), request.correlation,
                             deadline_from(request.remaining_microseconds, now)};
  runtime::LocalActors::deliver(actor, ask, std::move(message));
}

void Inbound::receive(RemotePeer& peer, const Reply& reply,
                      const std::shared_ptr<const void>& owner) {
  counts_.replies.add();
  const auto asker = pending_.take(reply.correlation, &peer.link());
  if (!asker) return counts_.late_replies.add();
  if (peer.types.refuses(reply.type_key)) {
    counts_.refused.add(ErrorCode::unknown_type);
    return complete(*asker, Error(ErrorCode::unknown_type,
                                  "the answer, a " + peer.type_name(reply.type_key) +
                                      ", is another type here than at " + peer.name()));
  }
  complete(*asker, reply.type_key, reply.payload, owner, peer.target());
}

void Inbound::receive(RemotePeer& peer, const AskFailure& failure) {
  counts_.replies.add();
  const auto asker = pending_.take(failure.correlation, &peer.link());
  if (!asker) return counts_.late_replies.add();
  complete(*asker, Error(failure.code, printable(failure.text, text_bytes_max), failure.execution));
}

void Inbound::receive(RemotePeer& peer, const Dropped& dropped) {
  const std::string type = peer.link().type_name(dropped.type_key);
  const bool is_ours = static_cast<bool>(actors_.find(dropped.sender));
  actors_.count_sent(1);
  actors_.add_dead_letter({dropped.code,
                           "troupe://" + peer.identity().address.to_string() +
                               printable(dropped.target, actor_path_bytes_max),
                           is_ours ? actors_.path_of(dropped.sender) : "", type});
}

void Inbound::refuse_unknown(RemotePeer& peer, const Request& request) {
  const std::string target = request.target.actor != 0
                                 ? "actor " + std::to_string(request.target.actor)
                                 : printable(request.target.path, actor_path_bytes_max);
  refuse(peer, request, target, ErrorCode::no_such_actor, "there is no actor at " + target);
}

/// A message of a type that is another here: the other node keeps it as a dead letter as well.
void Inbound::refuse_type(RemotePeer& peer, const Request& request) {
  const std::string target = request.target.actor != 0
                                 ? actors_.path_of(request.target.actor)
                                 : printable(request.target.path, actor_path_bytes_max);
  refuse(peer, request, target, ErrorCode::unknown_type,
         peer.type_name(request.type_key) + " is another type at " + target +
             "'s node than at the asker's");
  report(peer, request, target, ErrorCode::unknown_type);
}

/// Has the other node keep tells as dead letters as well.
void Inbound::report(RemotePeer& peer, const Request& request, const std::string& target,
                     ErrorCode reason) {
  if (request.correlation != 0) return;
  for (std::uint32_t left = request.count; left > 0; --left) {
    peer.target()->report({reason, request.sender, request.type_key, target});
  }
}

bool Inbound::is_too_long(const FrameMessage& message) const {
  if (const auto* request = std::get_if<Request>(&message)) {
    return longest_part(*request) > bytes_max_;
  }
  const auto* reply = std::get_if<Reply>(&message);
  return reply != nullptr && reply->payload.size() > bytes_max_;
}

void Inbound::refuse_too_long(RemotePeer& peer, const FrameMessage& message) {
  const std::string reason = "this node takes frames of at most " + std::to_string(bytes_max_) +
                             " bytes (frame_bytes_max)";
  if (const auto* reply = std::get_if<Reply>(&message)) {
    counts_.refused.add(ErrorCode::frame_too_large);
    const auto asker = pending_.take(reply->correlation, &peer.link());
    if (asker)
      complete(*asker, Error(ErrorCode::frame_too_large, "the answer is too long: " + reason));
    return;
  }
  const auto& request = std::get<Request>(message);
  const std::string target = request.target.actor != 0
                                 ? actors_.path_of(request.target.actor)
                                 : printable(request.target.path, actor_path_bytes_max);
  refuse(peer, request, target, ErrorCode::frame_too_large, reason);
  report(peer, request, target, ErrorCode::frame_too_large);
}

/// For an actor that the peer was told to hold, long after that.
void Inbound::refuse_past_hold(RemotePeer& peer, const Request& request, runtime::ActorId target) {
  const std::string path = actors_.path_of(target);
  refuse(peer, request, path, ErrorCode::mailbox_full,
         "too much from one node waits at " + path + ", which that node was told to hold");
}

/// Keeps the messages as dead letters, and tells who asks.
void Inbound::refuse(RemotePeer& peer, const Request& request, const std::string& target,
                     ErrorCode code, std::string reason) {
  counts_.refused.add(code, request.count);
  actors_.count_sent(request.count);
  const std::string sender = request.sender != 0 ? peer.target()->path(request.sender) : "";
  const std::string type = peer.type_name(request.type_key);
  for (std::uint32_t left = request.count; left > 0; --left) {
    actors_.add_dead_letter({code, target, sender, type});
  }
  if (request.correlation == 0) return;
  peer.target()->complete(
      request.correlation,
      runtime::make_envelope(runtime::Kind::reply, 0, 0,
                             Error(code, std::move(reason), Execution::not_executed)));
}

AnyRef Inbound::find(const Target& target) {
  return target.actor != 0 ? actors_.find(target.actor) : find_by_path(target.path);
}

AnyRef Inbound::find_by_path(std::string_view path) {
  const auto found = found_.find(path);
  if (found != found_.end()) {
    if (const AnyRef actor = actors_.find_open(found->second); actor) return actor;
    found_.erase(found);
  }
  const AnyRef actor = actors_.find_at(path);
  if (!actor) return actor;
  if (found_.size() >= found_paths_max) found_.clear();
  found_.emplace(path, actor.id());
  return actor;
}

}  // namespace troupe::transport
