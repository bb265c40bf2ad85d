// Transport's side of what comes in: handshakes, and the way of frames to Inbound.
#include <troupe/actor/runtime/worker.hpp>
#include <troupe/transport/transport.hpp>

namespace troupe::transport {
namespace {

constexpr unsigned refusal_logs_per_second_max = 10;

/// While a frame is delivered, its thread counts as one of the system's: it never waits for room in
/// a mailbox.
class DeliveryScope {
 public:
  explicit DeliveryScope(runtime::SystemCore& core) noexcept
      : core_(core), before_(runtime::this_thread) {
    runtime::this_thread.core = &core;
    runtime::this_thread.anchor = core.anchor;
    runtime::this_thread.sent = 0;
  }
  ~DeliveryScope() {
    if (runtime::this_thread.sent != 0) runtime::count_sent(core_, runtime::this_thread.sent);
    runtime::this_thread = before_;
  }
  DeliveryScope(const DeliveryScope&) = delete;
  DeliveryScope& operator=(const DeliveryScope&) = delete;

 private:
  runtime::SystemCore& core_;
  runtime::ThreadContext before_;
};

std::string_view name_of(const RemotePeer* peer) noexcept {
  return peer != nullptr ? std::string_view(peer->name()) : "a stranger";
}

}  // namespace

void Transport::on_frame(const ConnectionId& from, std::span<const std::byte> frame,
                         TimePoint now) {
  frames_received_.add();
  bytes_received_.add(frame.size());
  const auto known = connections_.find(from);
  RemotePeer* peer = known != connections_.end() ? known->second : nullptr;
  const DeliveryScope scope(core_);
  FrameReader reader(frame, settings_.frame_bytes_max);
  while (const auto message = reader.next()) {
    if (const auto* hello = std::get_if<Hello>(&*message)) {
      peer = on_hello(from, *hello, now);
      if (peer == nullptr) return;
    } else if (peer == nullptr || !receive(*peer, *message, now)) {
      return refuse_frame(Error(ErrorCode::malformed,
                                "a message that belongs elsewhere in the "
                                "protocol, such as before the hello"),
                          name_of(peer), now);
    }
  }
  if (reader.error() == nullptr) return;
  if (reader.error()->code() == ErrorCode::refused) {
    wire::Writer answer;
    begin_frame(answer);
    append(answer, Rejected{ErrorCode::refused, reader.error()->context()});
    carrier_->answer(from, answer.bytes());
  }
  refuse_frame(*reader.error(), name_of(peer), now);
}

bool Transport::receive(RemotePeer& peer, const FrameMessage& message, TimePoint now) {
  if (const auto* request = std::get_if<Request>(&message)) {
    inbound_.receive(peer, *request, now);
  } else if (const auto* reply = std::get_if<Reply>(&message)) {
    inbound_.receive(peer, *reply);
  } else if (const auto* failure = std::get_if<AskFailure>(&message)) {
    inbound_.receive(peer, *failure);
  } else if (const auto* type = std::get_if<TypeName>(&message)) {
    peer.learn_type(type->key, type->name);
  } else if (const auto* dropped = std::get_if<Dropped>(&message)) {
    inbound_.receive(peer, *dropped);
  } else {
    return false;
  }
  return true;
}

RemotePeer* Transport::on_hello(const ConnectionId& from, const Hello& hello, TimePoint now) {
  const auto judged = judge(hello);
  wire::Writer answer;
  begin_frame(answer);
  if (!judged.ok()) {
    append(answer, Rejected{judged.error().code(), judged.error().context()});
    carrier_->answer(from, answer.bytes());
    refuse_frame(judged.error(), hello.address, now);
    return nullptr;
  }
  RemotePeer& peer = **judged;
  // One connection for each address: what still comes on an older one is out of order.
  ConnectionId& connection = connection_of_[peer.identity().address.to_string()];
  if (!connection.empty()) connections_.erase(connection);
  connection = from;
  connections_[from] = &peer;
  append(answer,
         Welcome{table_.self().incarnation, settings_.cluster, table_.self().address.to_string()});
  carrier_->answer(from, answer.bytes());
  const bool restarted = peer.link().heard_of(peer.identity().incarnation);
  if (restarted) on_lost(peer.link(), "it was restarted", now);
  return &peer;
}

Result<RemotePeer*> Transport::judge(const Hello& hello) {
  if (hello.cluster != settings_.cluster) {
    return Error(ErrorCode::refused, "this node belongs to the cluster \"" + settings_.cluster +
                                         "\", not to \"" + std::string(hello.cluster) +
                                         "\": give both the same name");
  }
  auto address = NodeAddress::parse(hello.address);
  if (!address.ok()) {
    return Error(ErrorCode::refused, "the node's address is none: " + address.error().context());
  }
  return table_.peer({*std::move(address), hello.incarnation});
}

void Transport::on_answer(PeerLink& link, std::span<const std::byte> frame, TimePoint now) {
  FrameReader reader(frame, settings_.frame_bytes_max);
  while (const auto message = reader.next()) {
    if (const auto* welcome = std::get_if<Welcome>(&*message)) {
      on_welcome(link, *welcome, now);
    } else if (const auto* rejected = std::get_if<Rejected>(&*message)) {
      const bool left = rejected->code == ErrorCode::shutdown;
      lose(link, (left ? "" : "it refused us: ") + std::string(rejected->text.substr(0, 500)), left,
           now);
    } else {
      refuse_frame(Error(ErrorCode::malformed, "an answer that is neither welcome nor rejection"),
                   link.address().to_string(), now);
    }
  }
  if (reader.error() != nullptr) refuse_frame(*reader.error(), link.address().to_string(), now);
}

void Transport::on_welcome(PeerLink& link, const Welcome& welcome, TimePoint now) {
  const auto address = NodeAddress::parse(welcome.address);
  if (!address.ok() || address->name != link.address().name) {
    return on_lost(link,
                   "the node there is " + std::string(welcome.address.substr(0, 300)) + ", not " +
                       link.address().name,
                   now);
  }
  Drive& drive = drive_of(link);
  drive.handshake_until = TimePoint::max();
  for (Batch& batch : link.welcomed_by(welcome.incarnation)) {
    drop(link, batch, ErrorCode::node_down);
  }
  if (link.apply(AssociationEvent::welcomed) != AssociationAction::release) return;
  if (!std::exchange(drive.last_words, {}).empty()) {
    log_.info("{} is reachable again", link.address());
  }
}

void Transport::on_stranger(std::string_view words, TimePoint now) {
  refuse_frame(Error(ErrorCode::malformed, std::string(words)), "a stranger", now);
}

void Transport::refuse_frame(const Error& error, std::string_view from, TimePoint now) {
  counts_.refused.add(error.code());
  if (now - log_window_ >= std::chrono::seconds(1)) {
    log_window_ = now;
    logged_in_window_ = 0;
  }
  if (++logged_in_window_ > refusal_logs_per_second_max) return;
  log_.warn("refused from {}: {}", from.substr(0, 300), error);
}

}  // namespace troupe::transport
