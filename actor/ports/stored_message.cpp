#include <troupe/actor/ports/stored_message.hpp>

#include <algorithm>
#include <memory>
#include <troupe/actor/ports/remote_target.hpp>
#include <troupe/actor/ports/want_of_memory.hpp>
#include <troupe/actor/ref_codec.hpp>
#include <troupe/actor/runtime/answering.hpp>
#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/decoding.hpp>
#include <troupe/actor/runtime/future_state.hpp>
#include <troupe/actor/runtime/selection.hpp>
#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/actor/runtime/thread_context.hpp>
#include <troupe/actor/runtime/ticket.hpp>

namespace troupe::runtime {
namespace {

/// What the name begins with that an actor without one has in paths, and no other name does.
constexpr std::string_view mark_of_unnamed = "/$";

/// In place of the path of an actor that has sent a message to itself.
constexpr std::string_view itself = ".";

/// The path by which a later life finds the actor, as seen from `home`; empty where there is none.
std::string lasting_path(const SystemCore& home, const AnyRef& ref) {
  if (!ref) return {};
  std::string path = ref.path();
  if (path.find(mark_of_unnamed) != std::string::npos) return {};
  if (ref.is_remote()) return path.starts_with("troupe://") ? path : std::string();
  const SystemVisit core(ref.cell()->anchor.load(std::memory_order_relaxed));
  if (!core) return {};
  if (&*core == &home) return path;
  return core->address.empty() ? std::string() : "troupe://" + core->address + path;
}

/// Who is at the path, as far as the system of the turn that this thread is in can say.
AnyRef find_lasting(std::string_view path) {
  if (this_thread.core == nullptr || path.empty()) return {};
  if (path == itself) return {this_thread.cell, id_of(*this_thread.cell)};
  const auto found = select_path(*this_thread.core, path);
  return found.ok() ? *found : AnyRef();
}

class StoredOrigin final : public MessageOrigin {
 public:
  [[nodiscard]] std::string type_name(std::uint64_t type_key) const override {
    const MessageType* const type =
        this_thread.core != nullptr ? this_thread.core->types.find(type_key) : nullptr;
    return type != nullptr ? std::string(type->name) : "type " + std::to_string(type_key);
  }
  void dropped(const EncodedMessage& /*message*/, ActorId /*target*/,
               ErrorCode /*reason*/) noexcept override {}
  void encode_ref(wire::Writer& writer, const wire::RefParts& ref) override {
    const AnyRef any(ref.target, ref.id);
    const std::string path =
        this_thread.core != nullptr ? lasting_path(*this_thread.core, any) : std::string();
    path.empty() ? writer.write_nil() : writer.write_string(path);
  }
  [[nodiscard]] wire::RefParts decode_ref(wire::Reader& reader) override {
    const std::string_view path = reader.read_string();
    if (!reader.ok()) return {};
    const AnyRef ref = find_lasting(path);
    return {ref.target(), ref.id()};
  }
};

/// Writes refs as seen from one system, on any thread.
class PathWriter final : public wire::RefPort {
 public:
  explicit PathWriter(const SystemCore& home) noexcept : home_(home) {}
  void encode_ref(wire::Writer& writer, const wire::RefParts& ref) override {
    const std::string path = lasting_path(home_, AnyRef(ref.target, ref.id));
    path.empty() ? writer.write_nil() : writer.write_string(path);
  }
  [[nodiscard]] wire::RefParts decode_ref(wire::Reader& /*reader*/) override { return {}; }

 private:
  const SystemCore& home_;
};

void note_type(StorableMessage& message, const MessageType& type) {
  message.type_key = type.key;
  message.fingerprint = type.fingerprint;
  message.type_name = type.name;
}

/// A message of another node's, whose refs mean something on its link only: is written anew. One of
/// a type that nobody here accepts stays as it is: it ends as `unknown_type`.
std::optional<ErrorCode> store_encoded(const SystemCore& home, Envelope& envelope,
                                       StorableMessage& message) {
  const auto& encoded = envelope.payload_as<EncodedMessage>();
  const MessageType* const type = home.types.find(encoded.type_key);
  if (type == nullptr) {
    message.type_key = encoded.type_key;
    message.type_name = encoded.origin->type_name(encoded.type_key);
    message.payload.write(encoded.bytes);
    return std::nullopt;
  }
  note_type(message, *type);
  Result<Envelope*> decoded = decode_copy(envelope, *type);
  if (!decoded.ok()) {
    message.payload.write(encoded.bytes);  // As `malformed` it ends where it is handled.
    return std::nullopt;
  }
  const auto failure = encode(*type, (*decoded)->payload(), message.payload);
  free_envelope(*decoded);
  return failure ? std::optional(ErrorCode::not_serialisable) : std::nullopt;
}

std::optional<ErrorCode> store_value(Envelope& envelope, StorableMessage& message) {
  const MessageType& type = *envelope.type;
  if (type.encode == nullptr) return ErrorCode::not_serialisable;
  note_type(message, type);
  const auto failure = encode(type, envelope.payload(), message.payload);
  return failure ? std::optional(ErrorCode::not_serialisable) : std::nullopt;
}

}  // namespace

bool is_private(TypeList accepted, Envelope& envelope) noexcept {
  if (envelope.kind != Kind::user || envelope.has_origin || envelope.has_ask ||
      envelope.sender != envelope.target) {
    return false;
  }
  return std::ranges::none_of(
      accepted, [&](const MessageType* type) { return same_type(*type, *envelope.type); });
}

std::optional<ErrorCode> store(SystemAnchor* anchor, Envelope& envelope, StorableMessage& message) {
  const SystemVisit home(anchor);
  if (!home) return ErrorCode::shutdown;
  PathWriter refs(*home);
  message.payload.set_ref_port(&refs);
  const AnyRef sender = sender_of(envelope);
  const bool is_own = sender && !sender.is_remote() && sender.id() == envelope.target;
  message.sender = is_own ? std::string(itself) : lasting_path(*home, sender);
  if (envelope.awaits_answer()) message.ask_until = envelope.ask().deadline;
  const auto refused = is_encoded(envelope.kind) ? store_encoded(*home, envelope, message)
                                                 : store_value(envelope, message);
  message.payload.set_ref_port(nullptr);
  return refused;
}

std::optional<ErrorCode> store(SystemAnchor* anchor, ActorId sender, const MessageType& type,
                               const void* payload, StorableMessage& message) {
  const SystemVisit home(anchor);
  if (!home) return ErrorCode::shutdown;
  PathWriter refs(*home);
  message.payload.set_ref_port(&refs);
  if (Cell* const cell = find_cell(sender)) message.sender = lasting_path(*home, {cell, sender});
  note_type(message, type);
  const auto failure = encode(type, payload, message.payload);
  message.payload.set_ref_port(nullptr);
  return failure ? std::optional(ErrorCode::not_serialisable) : std::nullopt;
}

MessageRemains::MessageRemains(Envelope& envelope) {
  if (envelope.awaits_answer()) asker_ = take_asker(&envelope);
  if (!has_ticket(envelope)) return;
  ticket_ = ticket_of(envelope);
  take_ticket_from(envelope);
}

std::optional<Ticket> MessageRemains::take_ticket() noexcept {
  return std::exchange(ticket_, std::nullopt);
}

void MessageRemains::refuse(const Error& error) noexcept {
  if (ticket_) ticket_->mailbox->settle(*ticket_, Settled::failed, &error);
  ticket_.reset();
  if (const EnvelopePtr asker = std::move(asker_)) answer_with_error(asker.get(), error);
}

bool MessageRemains::is_expired(TimePoint now) const noexcept {
  return asker_ != nullptr && asker_->has_ask && asker_->ask().deadline < now;
}

Envelope* make_stored(ActorId target, const EncodedMessage& message, MessageRemains remains,
                      const Ticket& ticket) {
  Envelope* const asker = remains.asker_.get();
  const bool is_awaited = asker != nullptr && asker->awaits_answer();
  Envelope* const made =
      make_ticketed(target, is_awaited ? &asker->ask() : nullptr, message, ticket);
  if (is_awaited) {
    made->sender = asker->sender;
    asker->ask().token = 0;
  }
  ++this_thread.sent;
  return made;
}

void complete_send(FutureBase* done, std::optional<Error> error) noexcept {
  if (error) {
    done->fail(std::move(*error));
  } else {
    static_cast<FutureState<void>*>(done)->set({});
  }
  done->release();
}

MessageOrigin& origin_of_stored() noexcept {
  static StoredOrigin origin;
  return origin;
}

wire::RefParts find_stored_sender(std::string_view path) noexcept {
  AnyRef ref;
  static_cast<void>(succeeds([&] { ref = find_lasting(path); }));
  return {ref.target(), ref.id()};
}

}  // namespace troupe::runtime
