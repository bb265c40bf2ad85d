// The parts of Context that depend on types: included by actor.hpp alone. What they promise is said
// in context.hpp.
#pragma once

#include <troupe/actor/actor_base.hpp>
#include <troupe/actor/actor_path.hpp>
#include <troupe/actor/deferred.hpp>
#include <troupe/actor/mailbox_depth.hpp>
#include <troupe/actor/ref_codec.hpp>
#include <troupe/actor/retry.hpp>
#include <troupe/actor/runtime/actor_class_of.hpp>
#include <troupe/actor/runtime/exclusive_wait.hpp>
#include <troupe/actor/runtime/temporary.hpp>
#include <troupe/base/log.hpp>

namespace troupe {

namespace runtime {

/// Logs in the name of `actor` what the function given to its pipe() threw. Any thread.
void log_failed_pipe(const AnyRef& actor, const ChildFailed& failure) noexcept;

}  // namespace runtime

template <class T, class... Args>
auto Context::try_spawn(std::string_view name, Args&&... args) {
  static_assert(runtime::ActorCheck<T, Args...>::done);
  return runtime::spawn_actor<T>(*runtime::this_thread.core, *cell_, name, nullptr,
                                 std::forward<Args>(args)...);
}

template <class T, class... Args>
auto Context::try_spawn(std::string_view name, SpawnOptions options, Args&&... args) {
  static_assert(runtime::ActorCheck<T, Args...>::done);
  return runtime::spawn_actor<T>(*runtime::this_thread.core, *cell_, name, &options,
                                 std::forward<Args>(args)...);
}

template <class T, class... Args>
auto Context::spawn(std::string_view name, Args&&... args) {
  static_assert(runtime::ActorCheck<T, Args...>::done);
  return try_spawn<T>(name, std::forward<Args>(args)...).value();
}

template <class T, class... Args>
auto Context::spawn(std::string_view name, SpawnOptions options, Args&&... args) {
  static_assert(runtime::ActorCheck<T, Args...>::done);
  return try_spawn<T>(name, std::move(options), std::forward<Args>(args)...).value();
}

template <class T, class M, class... Args>
  requires Request<MessageIn<M>>
FutureOfAsk<M, Args...> Context::ask(M&& request, Duration timeout, Args&&... args) const {
  return FutureOfAsk<M, Args...>(runtime::ask_temporary<T, MessageIn<M>>(
      *runtime::this_thread.core, *cell_, std::forward<M>(request), timeout,
      std::forward<Args>(args)...));
}

template <class T, class M, class... Args>
void Context::tell(M message, Args&&... args) const {
  runtime::tell_temporary<T>(*runtime::this_thread.core, *cell_, std::move(message),
                             std::forward<Args>(args)...);
}

template <class M, ConvertsToRef Ref>
Future<void> Context::send(const Ref& to, Made<M> message) const {
  static_assert(runtime::ref_accepts<Ref, M>, "the actor's Protocol does not accept the message");
  const AnyRef ref = to;
  M& value = message.message;
  if (ref.is_remote()) return runtime::send_remote(ref, runtime::message_type<M>, &value);
  return send_envelope(
      ref, runtime::make_envelope(runtime::Kind::user, ref.id(), self().id(), std::move(value)));
}

template <int&... deduced, ConvertsToRef Ref, class M>
Future<void> Context::send(const Ref& ref, M&& message) const {
  return send<MessageIn<M>>(ref, Made<MessageIn<M>>(std::forward<M>(message)));
}

inline Yielding Context::yield() const noexcept { return {}; }

inline Sleeping Context::sleep(Duration delay) const noexcept { return Sleeping(delay); }

template <class M>
auto Context::forward(AnyRef ref, M message) const {
  runtime::Envelope* request = current_request();
  if constexpr (Request<M>) {
    runtime::AskPart* ask = nullptr;
    if (request != nullptr && request->awaits_answer()) {
      request->reserved |= runtime::asker_given_away;
      if (auto cycle = runtime::pass_wait_on(*request, ref.is_remote() ? 0 : ref.id())) {
        runtime::answer_with_error(request, std::move(*cycle));
        return Forwarded<ReplyOf<M>>{};
      }
      ask = &request->ask();
    }
    runtime::Envelope* passed_on =
        runtime::make_from_sender_of(request, ref.id(), ask, std::move(message));
    // The asker goes with the message: what is left of the request has nobody to answer any more.
    if (ask != nullptr) ask->token = 0;
    runtime::send_envelope(ref, passed_on);
    return Forwarded<ReplyOf<M>>{};
  } else {
    runtime::send_envelope(
        ref, runtime::make_from_sender_of(request, ref.id(), nullptr, std::move(message)));
  }
}

template <class R>
Deferred<R> Context::defer() const {
  runtime::Envelope* request = current_request();
  TROUPE_CHECK(request != nullptr, "defer() answers a request: call it in the handler of one");
  if ((request->reserved & runtime::asker_given_away) != 0) runtime::refuse_second_defer();
  // Null where it was told, or its asker has heard of an earlier handling that failed.
  return {ReplyTo<R>(runtime::defer_request(*cell_, *request)), {}};
}

template <class R, class F>
void Context::pipe(Future<R> future, F map) const {
  // With something to come the actor is not idle; settle() ends that, also where `map` has thrown.
  bool counted = false;
  runtime::begin_to_owe(*cell_, counted);
  runtime::when_done(
      std::move(future), [to = self(), counted, map = std::move(map)](Result<R>&& result) mutable {
        const auto failure = runtime::run_user_code(ErrorCode::handler_failed, [&] {
          runtime::send_envelope(to, runtime::make_envelope(runtime::Kind::user, to.id(), to.id(),
                                                            map(std::move(result))));
        });
        if (failure) runtime::log_failed_pipe(to, *failure);
        if (counted) runtime::settle(to.id());
      });
}

template <class F>
auto Context::retry(RetrySettings settings, F&& begin) const {
  static_assert(!runtime::is_function_at_risk<F>,
                "g++ before 13 destroys what this lambda captures by value, or what this function "
                "object holds, twice where it is made in a co_await: capture by reference, `[&]`, "
                "or make it in a statement before and pass it by its name");
  return runtime::retrying(settings, std::decay_t<F>(std::forward<F>(begin)));
}

template <class M>
auto Context::stash(M message) const -> std::conditional_t<Request<M>, Stashed, void> {
  check_not_stashed();
  runtime::Envelope* request = current_request();
  runtime::AskPart* ask =
      request != nullptr && request->awaits_answer() ? &request->ask() : nullptr;
  runtime::Envelope* kept =
      runtime::make_from_sender_of(request, self().id(), ask, std::move(message));
  if (ask != nullptr) {
    ask->token = 0;
    request->reserved |= runtime::asker_given_away;
  }
  // Nobody sent a timer's message; it comes back as one from the actor itself.
  if (request != nullptr && request->kind == runtime::Kind::timer) kept->sender = self().id();
  stash_envelope(kept);
  if constexpr (Request<M>) return {};
}

template <class M>
void Context::start_timer(std::string key, Every when, M message) const {
  check_period(when.period);
  start_keyed_timer(std::move(key), when.period, when.period,
                    [message = std::move(message)](runtime::ActorId self, std::uint64_t serial) {
                      return runtime::make_envelope(runtime::Kind::timer, self, serial, M(message));
                    });
}

template <class M>
void Context::start_timer(std::string key, After when, M message) const {
  start_keyed_timer(std::move(key), when.delay, Duration::zero(),
                    [message = std::move(message)](runtime::ActorId self, std::uint64_t serial) {
                      return runtime::make_envelope(runtime::Kind::timer, self, serial, M(message));
                    });
}

}  // namespace troupe
