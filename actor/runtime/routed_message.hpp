// RoutedMessages: what a router can do with the messages of a protocol besides passing them on:
// read one, copy one, and make one of the bytes that came from another node.
#pragma once

#include <optional>
#include <span>
#include <troupe/actor/accepts.hpp>
#include <troupe/actor/combinators.hpp>
#include <troupe/actor/runtime/encoded_message.hpp>
#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/actor/runtime/take_reply.hpp>
#include <troupe/actor/runtime/thread_context.hpp>
#include <vector>

namespace troupe::runtime {

/// The asker's part of a request, kept until the answer is there; the request has none any more.
[[nodiscard]] inline EnvelopePtr take_asker(Envelope* request) {
  EnvelopePtr kept(
      make_envelope(Kind::user, request->target, request->sender, request->ask(), Unit{}));
  request->ask().token = 0;
  return kept;
}

template <class Protocol>
struct RoutedMessages;

template <class... Ms>
struct RoutedMessages<Accepts<Ms...>> {
  /// What `read` makes of the message; null when it is not of the protocol, an error when its bytes
  /// are malformed.
  template <class F>
  [[nodiscard]] static auto visit(Envelope& envelope, F read) {
    using Read = Result<std::common_type_t<std::invoke_result_t<F&, Ms&>...>>;
    std::optional<Read> result;
    static_cast<void>((visit_one<Ms>(envelope, read, result) || ...));
    return result;
  }

  /// The same message as a value, in an envelope that takes over the asker; `encoded` is left. Null
  /// when it is not of the protocol.
  [[nodiscard]] static std::optional<Result<Envelope*>> decode(Envelope& encoded) {
    return visit(encoded, [&](auto& message) -> Envelope* { return with_asker(encoded, message); });
  }

  /// Sends the message to all routees, of which there is one at least. Takes the envelope, unless
  /// the message is not of the protocol: then false.
  [[nodiscard]] static bool broadcast(Envelope* envelope, const std::vector<AnyRef>& routees) {
    return (broadcast_one<Ms>(envelope, routees) || ...);
  }

 private:
  template <class M>
  [[nodiscard]] static bool is(Envelope& envelope) {
    if (envelope.type == &message_type<M>) return true;
    return !is_local_message<M> && envelope.kind == Kind::encoded &&
           envelope.payload_as<EncodedMessage>().type_key == wire::type_key<M>;
  }

  template <class M, class F, class Read>
  static bool visit_one(Envelope& envelope, F& read, std::optional<Read>& result) {
    if (!is<M>(envelope)) return false;
    if constexpr (!is_local_message<M>) {
      if (envelope.kind == Kind::encoded) {
        auto message = envelope.payload_as<EncodedMessage>().template decode<M>();
        result.emplace(message.ok() ? Read(read(*message)) : Read(message.error()));
        return true;
      }
    }
    result.emplace(read(envelope.payload_as<M>()));
    return true;
  }

  template <class M>
  [[nodiscard]] static Envelope* with_asker(Envelope& before, M& message) {
    if (!before.has_ask) {
      return make_envelope(Kind::user, before.target, before.sender, std::move(message));
    }
    Envelope* made =
        make_envelope(Kind::user, before.target, before.sender, before.ask(), std::move(message));
    before.ask().token = 0;
    return made;
  }

  template <class M>
  [[nodiscard]] static Envelope* copy(Envelope& envelope, ActorId target, const AskPart* ask) {
    if (envelope.kind == Kind::encoded) {
      return make_encoded(Kind::encoded, target, ask, envelope.payload_as<EncodedMessage>());
    }
    const M& message = envelope.payload_as<M>();
    return ask != nullptr ? make_envelope(Kind::user, target, envelope.sender, *ask, M(message))
                          : make_envelope(Kind::user, target, envelope.sender, M(message));
  }

  template <class M>
  [[nodiscard]] static bool broadcast_one(Envelope* envelope, const std::vector<AnyRef>& routees) {
    if (!is<M>(*envelope)) return false;
    if constexpr (Request<M>) {
      if (envelope->awaits_answer()) {
        ask_all<M>(envelope, routees);
        free_envelope(envelope);
        return true;
      }
    }
    for (const AnyRef& routee : std::span(routees).first(routees.size() - 1)) {
      send_envelope(routee, copy<M>(*envelope, routee.id(), nullptr));
    }
    envelope->target = routees.back().id();
    send_envelope(routees.back(), envelope);
    return true;
  }

  template <class M>
  static void ask_all(Envelope* envelope, const std::vector<AnyRef>& routees) {
    using R = ReplyOf<M>;
    const TimePoint deadline = envelope->ask().deadline;
    const Duration left =
        deadline == TimePoint::max() ? Duration::max() : deadline - this_thread.core->clock().now();
    std::vector<Future<R>> answers;
    answers.reserve(routees.size());
    for (const AnyRef& routee : routees) {
      auto answer = Future<R>::for_ask(routee.target(), routee.id(), left);
      const AskPart ask = answer.ask_part();
      send_envelope(routee, copy<M>(*envelope, routee.id(), &ask));
      answers.push_back(std::move(answer));
    }
    when_done(first_success(std::move(answers)), [asker = take_asker(envelope)](Result<R> result) {
      answer_with_result(asker.get(), std::move(result));
    });
  }
};

}  // namespace troupe::runtime
