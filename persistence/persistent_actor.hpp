// Persistent: an actor whose state outlives its process. What happens to the state is an event;
// events are stored, and only then applied, so the state is what its events say.
//
//   struct Deposited {
//     static constexpr std::string_view wire_name = "bank.Deposited";  // It is stored for years.
//     int cents = 0;
//   };
//   struct Balance {
//     static constexpr std::string_view wire_name = "bank.Balance";
//     int cents = 0;
//     void apply(const Deposited& event) { cents += event.cents; }
//   };
//   class Account : public troupe::Persistent<Balance, Deposited> {
//    public:
//     using Protocol = troupe::Accepts<Deposit, GetBalance>;
//     explicit Account(const std::string& number) : Persistent("account-" + number) {}
//
//     troupe::Task<int> on(Deposit deposit) {
//       co_await persist(Deposited{deposit.cents});  // Comes back once it is on storage.
//       co_return state().cents;
//     }
//     int on(GetBalance) const { return state().cents; }
//   };
//
// An instance recovers before its first message and its on_start: from the last snapshot and the
// events after it. Messages wait until then, and while events are being written.
#pragma once

#include <optional>
#include <string>
#include <troupe/actor/made.hpp>
#include <troupe/persistence/actors/event_list.hpp>
#include <troupe/persistence/actors/journaled_actor.hpp>
#include <utility>
#include <vector>

namespace troupe {

/// What persist() gives: to be awaited, or answered with. Nothing is written before that. Movable.
template <class State, bool at_risk>
class [[nodiscard]] Persisting {
 public:
  Persisting(Task<> written, const State& state) noexcept
      : written_(std::move(written)), state_(&state) {}

  /// In a Task: comes back once the events are on storage and applied.
  [[nodiscard]] Task<>::Awaiter operator co_await() && noexcept {
    static_assert(!at_risk,
                  "g++ before 13 destroys the temporary in `co_await persist(Event{...})` twice: "
                  "write `co_await persist<Event>({members...})`, or make the event in a statement "
                  "before and pass it by its name");
    return std::move(written_).operator co_await();
  }

  /// In a handler that is no coroutine: what the handler returns. Once the events are on storage
  /// and applied, `reply(state)` is the answer, a value or a Result.
  ///
  ///   troupe::Task<int> on(Deposit order) {
  ///     return persist(Deposited{order.cents}).then([](const Balance& now) { return now.cents; });
  ///   }
  template <class F>
  [[nodiscard]] auto then(F reply) && -> Task<std::invoke_result_t<F&, const State&>> {
    return answer(std::move(written_), std::move(reply), *state_);
  }
  /// The same for a message that is not answered, or with nothing.
  [[nodiscard]] Task<> then() && { return std::move(written_); }

 private:
  template <class F>
  static Task<std::invoke_result_t<F&, const State&>> answer(Task<> written, F reply,
                                                             const State& state) {
    co_await std::move(written);
    if constexpr (std::is_void_v<std::invoke_result_t<F&, const State&>>) {
      reply(state);
    } else {
      co_return reply(state);
    }
  }

  Task<> written_;
  const State* state_;
};

/// An event that projections are to find has a `static constexpr std::string_view tag = "sales";`
/// as well: see projection.hpp.
///
/// State is a message like any other, made by default before the first event, with a member
/// `void apply(const Event&)`, or `apply(const Event&, const EventOrigin&)`, for each of Events.
/// That must do the same whenever it is called: it is called again at each recovery. Refs to actors
/// in events and states are null when they come back.
///
/// Owner only, in the actor's turn.
template <class State, class... Events>
class Persistent : public persistence::JournaledActor {
  using List = persistence::EventList<State, Events...>;

 protected:
  /// `persistence_id`, 1 to 255 bytes, names the journal: one actor at a time has it, and the one
  /// that came last. The system, or its Node, has to have storage. Throws Failure:
  /// `invalid_setting`, so that the spawn fails with `start_failed`.
  explicit Persistent(std::string persistence_id, PersistenceSettings settings = {})
      : JournaledActor(std::move(persistence_id), settings) {}

  [[nodiscard]] const State& state() const noexcept { return state_; }

  /// Stores the events, all or none, and then applies them in their order. See Persisting.
  ///
  /// Where storage does not take them, or it is not known whether it has, nothing is applied, and
  /// the Task ends where it stands: the asker gets `storage_unavailable`, `storage_full` or
  /// `fenced`, a message of a durable mailbox comes again, and the actor recovers before the next
  /// one. Its supervisor hears nothing of that. `fenced`, another owner has the journal, ends the
  /// actor.
  ///
  /// Throws Failure, `refused`, and stores nothing: the second time for one message; in a Task that
  /// is reentrant; past StorageLimits; for a message of a durable mailbox while an earlier one is
  /// put aside.
  template <class E>
  [[nodiscard]] Persisting<State, false> persist(Made<E> event) {
    return write<false>(event.message);
  }
  template <int&... deduced, class... Es>
    requires(sizeof...(Es) > 0)
  [[nodiscard]] auto persist(Es&&... events) {
    return write<(runtime::is_at_risk<Es> || ...)>(
        static_cast<const MessageIn<Es>&>(static_cast<const std::remove_cvref_t<Es>&>(events))...);
  }

 private:
  template <bool at_risk, class... Es>
  [[nodiscard]] Persisting<State, at_risk> write(const Es&... events) {
    static_assert((List::template has<Es> && ...),
                  "an event that troupe::Persistent<State, Events...> lacks");
    static_assert(!(EarlierEvent<Es> || ...),
                  "an event of an earlier version is not written any more");
    persistence::EventBatch batch;
    (batch.add(persistence::record_of(events), tag_of<Es>()), ...);
    return Persisting<State, at_risk>(commit(std::move(batch)), state_);
  }

  template <class E>
  static constexpr std::string_view tag_of() noexcept {
    if constexpr (requires { std::string_view(E::tag); }) {
      return E::tag;
    } else {
      return {};
    }
  }

  [[nodiscard]] std::vector<persistence::StoredType> stored_types() const final {
    return List::types();
  }
  void begin_state() final { next_.emplace(); }
  void adopt_state() final {
    state_ = *std::move(next_);
    next_.reset();
  }
  [[nodiscard]] Result<void> apply_record(const persistence::EventRecord& record) final {
    return List::apply(next_ ? *next_ : state_, record, {persistence_id(), last_event() + 1});
  }
  [[nodiscard]] Result<void> decode_state(const persistence::EventRecord& record) final {
    if (record.type_name != wire::type_name<State>()) {
      return Error(ErrorCode::unknown_type, "it is of a state \"" + std::string(record.type_name) +
                                                "\", and not of a \"" +
                                                std::string(wire::type_name<State>()) + "\"");
    }
    return persistence::read_value(record, *next_);
  }
  [[nodiscard]] std::string encode_state() const final { return persistence::record_of(state_); }

  State state_{};
  std::optional<State> next_;  // While it recovers.
};

}  // namespace troupe
