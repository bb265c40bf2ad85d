// RoutedMessages: what a router can do with the messages of a protocol besides passing them on:
// read one, copy one, and tell their types.
#pragma once

#include <optional>
#include <span>
#include <troupe/actor/accepts.hpp>
#include <troupe/actor/ask_each.hpp>
#include <troupe/actor/runtime/answering.hpp>
#include <troupe/actor/runtime/decoding.hpp>
#include <troupe/actor/runtime/type_table.hpp>
#include <vector>

namespace troupe::runtime {

/// A routee gets none of a broadcast message whose copy could not be made: a dead letter, for
/// `handler_failed`.
void drop_uncopied(Envelope& envelope, const AnyRef& routee, const Error& error);

/// Until the deadline of a request, by the clock of the running actor's system; endless where the
/// request has none. Actor thread.
[[nodiscard]] Duration time_left(TimePoint deadline) noexcept;

/// Accepts<ToEach<M>...> of those Ms that ask_each() can ask for.
template <class Done, class... Ms>
struct ToEachOf {
  using type = Done;
};
template <class... Done, class M, class... Ms>
struct ToEachOf<Accepts<Done...>, M, Ms...> : ToEachOf<Accepts<Done...>, Ms...> {};
template <class... Done, Request M, class... Ms>
  requires std::is_copy_constructible_v<M>
struct ToEachOf<Accepts<Done...>, M, Ms...> : ToEachOf<Accepts<Done..., ToEach<M>>, Ms...> {};

template <class Protocol>
struct RoutedMessages;

template <class... Ms>
struct RoutedMessages<Accepts<Ms...>> {
  /// What `read` says of the message; null when it is not of the protocol.
  template <class F>
  [[nodiscard]] static std::optional<std::uint64_t> key_of(Envelope& envelope, F read) {
    std::optional<std::uint64_t> key;
    static_cast<void>(with_type_among<Ms...>(
        *envelope.type, [&]<class M>() { key = read(envelope.payload_as<M>()); }));
    return key;
  }

  [[nodiscard]] static TypeList types() noexcept { return type_array<Ms...>; }
  static constexpr FindType find_type = find_type_in<Ms...>();

  /// Sends the message to all routees, of which there is one at least. Takes the envelope, unless
  /// the message is not of the protocol: then false.
  [[nodiscard]] static bool broadcast(Envelope* envelope, const std::vector<AnyRef>& routees) {
    return with_type_among<Ms...>(*envelope->type,
                                  [&]<class M>() { broadcast_as<M>(envelope, routees); });
  }

  /// Asks all routees for what ask_each() wants of them. Takes the envelope, unless it is none of
  /// ask_each(): then false.
  [[nodiscard]] static bool ask_each(Envelope* envelope, const std::vector<AnyRef>& routees) {
    return ask_each_of(envelope, routees, static_cast<EachAsked*>(nullptr));
  }
  /// Whether the message is one of ask_each().
  [[nodiscard]] static bool is_to_each(const MessageType& type) noexcept {
    return is_among(type, static_cast<EachAsked*>(nullptr));
  }

 private:
  using EachAsked = typename ToEachOf<Accepts<>, Ms...>::type;

  template <class... Each>
  [[nodiscard]] static bool is_among(const MessageType& type, Accepts<Each...>* /*types*/) {
    return with_type_among<Each...>(type, []<class M>() noexcept {});
  }
  template <class... Each>
  [[nodiscard]] static bool ask_each_of(Envelope* envelope, const std::vector<AnyRef>& routees,
                                        Accepts<Each...>* /*types*/) {
    return with_type_among<Each...>(*envelope->type,
                                    [&]<class M>() { ask_each_as<M>(envelope, routees); });
  }

  template <class M>
  [[nodiscard]] static Envelope* copy(Envelope& envelope, ActorId target, const AskPart* ask) {
    return make_from_sender_of(&envelope, target, ask, M(envelope.payload_as<M>()));
  }

  template <class M>
  static void broadcast_as(Envelope* envelope, const std::vector<AnyRef>& routees) {
    if constexpr (Request<M>) {
      if (envelope->awaits_answer()) {
        ask_all<M>(envelope, routees);
        return free_envelope(envelope);
      }
    }
    for (const AnyRef& routee : std::span(routees).first(routees.size() - 1)) {
      Envelope* copied = nullptr;
      const auto failure = run_user_code(
          ErrorCode::handler_failed, [&] { copied = copy<M>(*envelope, routee.id(), nullptr); });
      if (failure) {
        drop_uncopied(*envelope, routee, failure->error);
      } else {
        send_envelope(routee, copied);
      }
    }
    envelope->target = routees.back().id();
    send_envelope(routees.back(), envelope);
  }

  /// Sends a copy of `message`, which `envelope` has brought, to each routee.
  template <class M>
  [[nodiscard]] static std::vector<Future<ReplyOf<M>>> ask_routees(
      Envelope* envelope, const M& message, const std::vector<AnyRef>& routees, Duration left) {
    using R = ReplyOf<M>;
    std::vector<Future<R>> answers;
    answers.reserve(routees.size());
    for (const AnyRef& routee : routees) {
      auto answer = Future<R>::for_ask(routee.target(), routee.id(), left);
      const AskPart ask = answer.ask_part();
      Envelope* copied = nullptr;
      auto failure = run_user_code(ErrorCode::handler_failed, [&] {
        copied = make_from_sender_of(envelope, routee.id(), &ask, M(message));
      });
      if (failure) {
        drop_uncopied(*envelope, routee, failure->error);
        ask.sink->release();
        answer.state()->fail(std::move(failure->error));
      } else {
        send_envelope(routee, copied);
      }
      answers.push_back(std::move(answer));
    }
    return answers;
  }

  /// Lets who asks by `envelope` have the result.
  template <class R>
  static void answer_when_done(Envelope* envelope, Future<R> answer) {
    when_done<CodeOf::runtime>(std::move(answer),
                               [asker = take_asker(envelope)](Result<R>&& result) {
                                 const auto failure = run_user_code(ErrorCode::handler_failed, [&] {
                                   answer_with_result(asker.get(), std::move(result));
                                 });
                                 if (failure) answer_with_error(asker.get(), failure->error);
                               });
  }

  template <class M>
  static void ask_all(Envelope* envelope, const std::vector<AnyRef>& routees) {
    auto answers = ask_routees<M>(envelope, envelope->payload_as<M>(), routees,
                                  time_left(envelope->ask().deadline));
    answer_when_done(envelope, first_success(std::move(answers)));
  }

  template <class Each>
  static void ask_each_as(Envelope* envelope, const std::vector<AnyRef>& routees) {
    const auto& message = envelope->payload_as<Each>().message;
    using M = std::remove_cvref_t<decltype(message)>;
    const Duration left = without_router_time(time_left(envelope->ask().deadline));
    answer_when_done(envelope,
                     answers_of(routees, ask_routees<M>(envelope, message, routees, left)));
    free_envelope(envelope);
  }
};

}  // namespace troupe::runtime
