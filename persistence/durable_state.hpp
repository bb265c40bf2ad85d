// DurableState: an actor whose whole state is stored with each change, where the way to it is of no
// interest. Storage keeps the last one only.
//
//   class Cart : public troupe::DurableState<Items> {
//    public:
//     using Protocol = troupe::Accepts<Add>;
//     explicit Cart(const std::string& customer) : DurableState("cart-" + customer) {}
//     troupe::Task<> on(Add add) {
//       Items items = state();
//       items.push(add.item);
//       co_await store(items);
//     }
//   };
#pragma once

#include <optional>
#include <string>
#include <troupe/persistence/persistent_actor.hpp>
#include <utility>
#include <vector>

namespace troupe {

/// As Persistent, in all but what is stored. Owner only, in the actor's turn.
template <class State>
class DurableState : public persistence::JournaledActor {
  static_assert(Storable<State>,
                "what is stored has a name of its own: give the state a `static constexpr "
                "std::string_view wire_name = \"shop.Cart\";`");

 protected:
  /// As that of Persistent.
  explicit DurableState(std::string persistence_id)
      : JournaledActor(std::move(persistence_id), {.snapshot_every = 0, .snapshot_bytes = 0}) {}

  [[nodiscard]] const State& state() const noexcept { return state_; }

  /// Stores the state, which then is state(). Errors and failures as of Persistent::persist().
  [[nodiscard]] Persisting<State, false> store(Made<State> state) {
    persistence::EventBatch batch;
    batch.add(persistence::record_of(state.message));
    batch.is_whole = true;
    return Persisting<State, false>(commit(std::move(batch)), state_);
  }

 private:
  [[nodiscard]] std::vector<persistence::StoredType> stored_types() const final {
    return {persistence::stored_type<State>()};
  }
  void begin_state() final { next_.emplace(); }
  void adopt_state() final {
    state_ = *std::move(next_);
    next_.reset();
  }
  [[nodiscard]] Result<void> apply_record(const persistence::EventRecord& record) final {
    return decode_state(record);
  }
  [[nodiscard]] Result<void> decode_state(const persistence::EventRecord& record) final {
    if (record.type_name != wire::type_name<State>()) {
      return Error(ErrorCode::unknown_type, "it is a \"" + std::string(record.type_name) +
                                                "\", and not a \"" +
                                                std::string(wire::type_name<State>()) + "\"");
    }
    State state{};
    Result<void> read = persistence::read_value(record, state);
    if (read.ok()) (next_ ? *next_ : state_) = std::move(state);
    return read;
  }
  [[nodiscard]] std::string encode_state() const final { return persistence::record_of(state_); }

  State state_{};
  std::optional<State> next_;  // While it recovers.
};

}  // namespace troupe
