// ask_each(): one request to several actors, or to all routees of a router, and what each of them
// answers in the time, value or error.
//
//   auto stores = select<Store>("/user/store", each(role("db")));
//   auto counts = co_await ask_each<Count>(stores, {}, 1s);
//   for (const auto& [store, count] : counts->all) print(store.path(), count);
//
// The whole is there once each has answered, or its time is over, so it takes no longer than the
// time and has no more answers than there are actors. all() in combinators.hpp fails with the first
// that fails, and first_success() is content with one.
#pragma once

#include <troupe/actor/combinators.hpp>
#include <vector>

namespace troupe {

/// What one of several actors has answered, or why it has not.
template <class R>
struct AnswerFrom {
  AnyRef from;
  Result<R> result;
};

/// Of each that was asked, in the order of the refs; for the routees of a router in its own.
template <class R>
struct Answers {
  static constexpr bool local_message = true;
  std::vector<AnswerFrom<R>> all;
};

namespace runtime {

/// A request that a router of this process passes on to all of its routees.
template <Request M>
struct ToEach {
  static constexpr bool local_message = true;
  using Reply = Answers<ReplyOf<M>>;
  M message;
};

/// The time that a router has besides, for the request to come to it and for the answers to go
/// back: the routees' time is over before the asker's.
inline constexpr Duration router_time = std::chrono::seconds(1);

/// Without end where it would be longer than that.
[[nodiscard]] constexpr Duration with_router_time(Duration timeout) noexcept {
  return timeout > Duration::max() - router_time ? Duration::max() : timeout + router_time;
}
[[nodiscard]] constexpr Duration without_router_time(Duration timeout) noexcept {
  if (timeout == Duration::max()) return timeout;
  return std::max(timeout - router_time, Duration::zero());
}

/// Done when all parts are, whatever has become of each.
template <class R>
class AnswersState final : public CombinedState<Answers<R>> {
 public:
  explicit AnswersState(std::vector<AnyRef> from)
      : from_(std::move(from)), remaining_(from_.size()) {}

  [[nodiscard]] bool waits_for_each() const noexcept override { return true; }

 private:
  void part_done(CombinedPart& /*part*/) noexcept override {
    if (remaining_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    this->finish([this] {
      Answers<R> answers;
      answers.all.reserve(from_.size());
      for (std::size_t i = 0; i < from_.size(); ++i) {
        answers.all.push_back({from_[i], this->parts()[i].template to_move<R>()});
      }
      return Result<Answers<R>>(std::move(answers));
    });
  }

  const std::vector<AnyRef> from_;
  std::atomic<std::size_t> remaining_;
};

/// The answers of these actors, in their order.
template <class R>
[[nodiscard]] Future<Answers<R>> answers_of(std::vector<AnyRef> from,
                                            std::vector<Future<R>> parts) {
  if (parts.empty()) return Future<Answers<R>>::ready(Answers<R>());
  return AnswersState<R>::begin(new AnswersState<R>(std::move(from)), std::move(parts));
}

}  // namespace runtime

/// Asks each of them for itself, with a copy of the request, so one that cannot be reached or does
/// not answer spoils its own answer alone. Fails never; of nobody it is done at once. A combined
/// future, see combinators.hpp. Any thread.
template <Request M, class Protocol>
  requires AcceptedBy<M, Protocol>
[[nodiscard]] Future<Answers<ReplyOf<M>>> ask_each(const std::vector<ActorRef<Protocol>>& actors,
                                                   Made<M> request,
                                                   Duration timeout = default_ask_timeout) {
  static_assert(std::is_copy_constructible_v<M>, "ask_each() gives every actor a copy");
  std::vector<AnyRef> from(actors.begin(), actors.end());
  std::vector<Future<ReplyOf<M>>> parts;
  parts.reserve(from.size());
  for (const AnyRef& actor : from) parts.push_back(actor.ask<M>(request.message, timeout));
  return runtime::answers_of<ReplyOf<M>>(std::move(from), std::move(parts));
}

/// As above, of all that a pool() or a group() of this process has for routees when the request
/// comes to it, whatever its strategy; the request has its place among the messages to the router.
/// The routees' answers go past it. Errors of the whole: `no_such_actor` where the router has no
/// routees, `actor_stopped`; `timeout` a second after the time, where the router itself is that
/// late; `unknown_type` for an actor that is no router, `not_serialisable` for one of another node.
/// Any thread.
template <Request M, class Protocol>
  requires AcceptedBy<M, Protocol>
[[nodiscard]] Future<Answers<ReplyOf<M>>> ask_each(const ActorRef<Protocol>& router,
                                                   Made<M> request,
                                                   Duration timeout = default_ask_timeout) {
  static_assert(std::is_copy_constructible_v<M>, "ask_each() gives every routee a copy");
  const Duration all = timeout < Duration::zero() ? timeout : runtime::with_router_time(timeout);
  runtime::ToEach<M> to_each{std::move(request.message)};
  return AnyRef(router).ask<runtime::ToEach<M>>(moved(to_each), all);
}

}  // namespace troupe
