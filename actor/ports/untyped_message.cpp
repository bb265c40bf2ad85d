#include <troupe/actor/ports/untyped_message.hpp>

#include <troupe/actor/ports/encoded_message.hpp>

namespace troupe::runtime {
namespace {

/// What stands in an envelope for the message.
struct Payload {
  static constexpr bool local_message = true;
  std::vector<std::byte> bytes;
};

MessageType type_of_payload() {
  MessageType type = message_type<Payload>;
  type.encode = [](wire::Writer& writer, const void* message) {
    writer.write(std::span<const std::byte>(static_cast<const Payload*>(message)->bytes));
  };
  return type;
}

/// Takes the answer as it came, for whoever knows how to read it.
class AnswerState final : public FutureState<UntypedAnswer> {
 public:
  void complete(std::uint64_t token, Envelope* reply) noexcept override {
    if (!same_type(*reply->type, message_type<EncodedMessage>)) {
      return FutureState::complete(token, reply);
    }
    if (claim()) {
      const auto bytes = reply->payload_as<EncodedMessage>().bytes;
      store([&]() -> Result<UntypedAnswer> { return UntypedAnswer{{bytes.begin(), bytes.end()}}; });
    } else {
      count_late_reply();
    }
    free_envelope(reply);
  }
};

Error here_is_no_way(const AnyRef& ref) {
  return {ErrorCode::no_such_actor, ref.path() + " is not on another node",
          Execution::not_executed};
}

}  // namespace

UntypedType::UntypedType(std::string wire_name, std::string description)
    : MessageType(type_of_payload()),
      wire_name_(std::move(wire_name)),
      description_(std::move(description)) {
  name = wire_name_;
  key = wire::Fnv1a().append(wire_name_).value();
  fingerprint = wire::Fnv1a().append(description_).value();
  describe = [](const MessageType& type) {
    return static_cast<const UntypedType&>(type).description_;
  };
}

Result<void> tell_untyped(const AnyRef& ref, const UntypedType& type,
                          std::span<const std::byte> payload) {
  if (!ref.is_remote()) return here_is_no_way(ref);
  const Payload message{{payload.begin(), payload.end()}};
  const auto refused = tell_remote(ref, type, &message);
  if (!refused) return {};
  return Error(*refused, "the message was not accepted by " + ref.path() + why(ref, *refused),
               Execution::not_executed);
}

Future<UntypedAnswer> ask_untyped(const AnyRef& ref, const UntypedType& type,
                                  std::span<const std::byte> payload, Duration timeout) {
  using Answer = Future<UntypedAnswer>;
  if (timeout < Duration::zero()) return Answer::ready(negative_timeout(timeout));
  if (!ref.is_remote()) return Answer::ready(here_is_no_way(ref));
  auto* const state = new AnswerState;
  Answer answer = Answer::of(state);
  state->begin_ask(ref.target(), ref.id(), timeout);
  Envelope* const request =
      make_envelope(Kind::user, ref.id(), this_thread.sender, answer.ask_part(),
                    Payload{{payload.begin(), payload.end()}});
  request->type = &type;
  send_envelope(ref, request);
  return answer;
}

}  // namespace troupe::runtime
