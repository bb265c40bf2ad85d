// Projection: an actor whose state is made of the events of many persistent actors, those that have
// a tag, in the order in which each of these has stored its own.
//
//   struct Sold {
//     static constexpr std::string_view wire_name = "shop.Sold";
//     static constexpr std::string_view tag = "sales";
//     int cents = 0;
//   };
//   struct Turnover {
//     static constexpr std::string_view wire_name = "shop.Turnover";
//     std::int64_t cents = 0;
//     void apply(const Sold& event) { cents += event.cents; }
//   };
//   class TurnoverActor : public troupe::Projection<Turnover, Sold> {
//    public:
//     using Protocol = troupe::Accepts<GetTurnover>;
//     using Private = troupe::Accepts<troupe::Project>;
//     using Projection::on;
//     TurnoverActor() : Projection("turnover", "sales") {}
//     std::int64_t on(GetTurnover) const { return state().cents; }
//   };
//
// The state and how far it has read are one write, so each event counts once, however often the
// process ends. To make the state anew, give the class another id: it begins with the first event.
#pragma once

#include <optional>
#include <string>
#include <troupe/persistence/actors/event_list.hpp>
#include <troupe/persistence/actors/journaled_actor.hpp>
#include <utility>
#include <vector>

namespace troupe {

/// What a projection tells itself to look for events.
struct Project {
  static constexpr bool local_message = true;
  bool goes_on = false;  ///< Where it has not come to the end; else it is time to look.
};

/// State is as that of Persistent; Events are all those that have the tag. One that is not among
/// them, or cannot be read, ends the actor, and the log names its journal and number. Events that
/// were removed before they were read are passed over: see PersistenceSettings::events_kept.
///
/// Owner only, in the actor's turn.
template <class State, class... Events>
class Projection : public persistence::JournaledActor {
  using List = persistence::EventList<State, Events...>;

 public:
  /// Reads some events, and the next ones in another message, so that others come in between.
  Task<> on(Project project) {
    // It reads already, message after message; or an instance before it did.
    if (project.goes_on != goes_on_) co_return;
    goes_on_ = false;
    std::optional<persistence::TaggedPage> page = co_await read_tagged(tag_, reached_.offset);
    if (!page) co_return;
    if (!page->events.empty() || page->through != reached_.offset) {
      Reached next = reached_;
      for (const persistence::TaggedEvent& one : page->events) {
        const Result<void> applied = apply_to(next.state, one);
        if (!applied.ok()) co_return end_for(one, applied.error());
      }
      next.offset = std::move(page->through);
      persistence::EventBatch batch;
      batch.add(record_of(next));
      batch.is_whole = true;
      co_await commit(std::move(batch));
    }
    goes_on_ = !page->is_end;
    if (goes_on_) self().tell(Project{true});
  }

 protected:
  /// The id is that of the projection's own journal, the tag that of the events. `interval`: how
  /// often it is looked for new ones. Throws Failure, `invalid_setting`.
  Projection(std::string persistence_id, std::string tag,
             Duration interval = std::chrono::seconds(1))
      : JournaledActor(std::move(persistence_id), {.snapshot_every = 0, .snapshot_bytes = 0}),
        tag_(std::move(tag)) {
    start_timer("project", every(interval), Project{});
  }

  [[nodiscard]] const State& state() const noexcept { return reached_.state; }

 private:
  struct Reached {
    State state{};
    persistence::TagOffset offset = {};
  };

  [[nodiscard]] static Result<void> apply_to(State& state, const persistence::TaggedEvent& one) {
    const Result<persistence::EventRecord> record = persistence::read_event_record(one.record);
    if (!record.ok()) return record.error();
    return List::apply(state, *record, {one.key, one.number});
  }
  [[nodiscard]] static std::string record_of(const Reached& reached) {
    wire::Writer writer;
    wire::encode(writer, reached.state);
    wire::encode(writer, reached.offset);
    return persistence::to_bytes(
        {.type_name = wire::type_name<State>(),
         .fingerprint = wire::fingerprint<State>(),
         .payload = {reinterpret_cast<const char*>(writer.data()), writer.size()}});
  }

  [[nodiscard]] std::vector<persistence::StoredType> stored_types() const final {
    return List::types();
  }
  void begin_state() final { next_.emplace(); }
  void adopt_state() final {
    reached_ = *std::move(next_);
    next_.reset();
  }
  [[nodiscard]] Result<void> apply_record(const persistence::EventRecord& record) final {
    if (record.type_name != wire::type_name<State>()) {
      return Error(ErrorCode::unknown_type, "it is a \"" + std::string(record.type_name) +
                                                "\", and not a \"" +
                                                std::string(wire::type_name<State>()) + "\"");
    }
    Reached read;
    wire::Reader reader(std::as_bytes(std::span(record.payload)));
    wire::decode_into(reader, read.state);
    wire::decode_into(reader, read.offset);
    wire::expect_end(reader);
    if (!reader.ok()) return reader.error();
    (next_ ? *next_ : reached_) = std::move(read);
    return {};
  }
  [[nodiscard]] Result<void> decode_state(const persistence::EventRecord& record) final {
    return apply_record(record);
  }
  [[nodiscard]] std::string encode_state() const final { return record_of(reached_); }

  const std::string tag_;
  Reached reached_;
  bool goes_on_ = false;         // A message that reads on is on its way.
  std::optional<Reached> next_;  // While it recovers.
};

}  // namespace troupe
