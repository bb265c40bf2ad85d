#include <troupe/transport/sending/undelivered_messages.hpp>

#include <troupe/transport/peer/remote_peer.hpp>
#include <utility>

namespace troupe::transport {
namespace {

/// Of an actor there: as the life that is known has told, if it has.
std::string local_path(const PeerLink& link, std::uint64_t actor) {
  auto told = link.drive.peer != nullptr ? link.drive.peer->path_of(actor) : std::nullopt;
  return told ? *std::move(told) : "/" + unnamed_actor(actor);
}

}  // namespace

void UndeliveredMessages::drop(PeerLink& link, Batch& batch, ErrorCode reason) {
  FrameReader reader(batch.frame.bytes(), SIZE_MAX);
  const std::string node = "troupe://" + link.address().to_string();
  const std::string why = link.why(reason);
  while (!batch.frame.empty()) {
    const auto message = reader.next();
    if (!message) break;
    const auto* request = std::get_if<Request>(&*message);
    if (request == nullptr) continue;
    const std::string target =
        node + (request->target.actor != 0 ? local_path(link, request->target.actor)
                                           : std::string(request->target.path));
    if (request->correlation != 0) {
      if (const auto asker = pending_.take(request->correlation, &link)) {
        complete(*asker, Error(reason, "the request was not sent to " + target + why,
                               Execution::not_executed));
      }
    }
    actors_.count_sent(request->count);
    for (std::uint32_t left = request->count; left > 0; --left) {
      actors_.add_dead_letter({reason, target,
                               request->sender != 0 ? actors_.path_of(request->sender) : "",
                               link.type_name(request->type_key)});
    }
  }
  batch.frame.clear();
  batch.messages = 0;
}

void UndeliveredMessages::settle(PeerLink& link, std::vector<SettledMessage> all) {
  for (SettledMessage& one : all) {
    if (one.sent != nullptr) {
      tell_sender(*one.sent, one.refused, link.address(),
                  one.refused ? link.why(*one.refused) : "");
      one.sent->release();
    } else if (one.refused) {
      Batch batch{.frame = std::move(one.frame)};
      drop(link, batch, *one.refused);
    }
  }
}

void UndeliveredMessages::fail_asks(PeerLink& link, ErrorCode code, std::string_view reason) {
  for (const PendingAsks::Ended& ended : pending_.take_all(&link)) {
    complete(ended.asker,
             Error(code,
                   "no answer comes from " + link.address().to_string() + ": " +
                       std::string(reason) + "; the request was sent, and may have been executed",
                   Execution::unknown));
  }
}

}  // namespace troupe::transport
