// JournaledActor: what persistent actors have in common, whatever their states are made of: one
// journal of one owner, from which the state is recovered and to which it is written first.
//
// Classes of users derive from Persistent (persistent_actor.hpp) or DurableState
// (durable_state.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <troupe/actor/actor.hpp>
#include <troupe/actor/ports/recovered_actor.hpp>
#include <troupe/persistence/actors/schema_book.hpp>
#include <troupe/persistence/journal.hpp>
#include <troupe/persistence/records.hpp>
#include <vector>

namespace troupe {

/// When the state of a persistent actor is kept as a whole, so that a recovery needs the later
/// events only. All of it takes any value.
struct PersistenceSettings {
  /// A snapshot is taken once so many events came after the last one; 0: never for their number.
  /// Less makes recoveries shorter, and costs the writing of a whole state each time.
  std::uint64_t snapshot_every = 1'000;
  /// The same by the bytes of the events. 0: never for their size.
  std::size_t snapshot_bytes = std::size_t{4} << 20U;
  /// Events that are kept though a snapshot has what they led to, for who reads them by other ways.
  /// The others before it are removed in the write that stores the snapshot. UINT64_MAX keeps all.
  std::uint64_t events_kept = 0;
};

namespace persistence {

class JournalClaim;
class JournalsOnStorage;
class RecoveryGate;
class SnapshotProgress;
struct EventRecord;

/// Events of one message.
struct EventBatch {
  /// `tag`: under which projections find it; empty for none.
  void add(std::string_view record, std::string_view tag = {});

  Records records = {};
  std::vector<Tag> tags = {};
  bool is_whole = false;  ///< The last of them is the state, and makes all before it superfluous.
};

/// Events with a tag, as ReadTag has them.
struct TaggedPage {
  std::vector<TaggedEvent> events = {};
  TagOffset through = {};
  bool is_end = false;
};

/// Owner only, in the actor's turn.
class JournaledActor : public Actor, public runtime::RecoveredActor {
 public:
  ~JournaledActor() override;

  /// Under which its events are stored.
  [[nodiscard]] const std::string& persistence_id() const noexcept { return key_; }
  /// The number of the last event that the state has; 0: none.
  [[nodiscard]] std::uint64_t last_event() const noexcept { return last_; }

  // What the runtime calls.

  [[nodiscard]] Task<> recover() final;
  [[nodiscard]] bool begin_message(runtime::StoredPosition position) noexcept final;
  [[nodiscard]] bool take_failure() noexcept final;

 protected:
  /// Throws Failure, `invalid_setting`: the id is not 1 to 255 bytes, or the system has no storage.
  JournaledActor(std::string persistence_id, PersistenceSettings settings);

  /// Writes the events and then applies them. Comes back once they are on storage and applied;
  /// where that fails the Task ends. Throws Failure, `refused`: see Persistent::persist().
  [[nodiscard]] Task<> commit(EventBatch batch);

  /// Events with the tag, of whichever actors, after an offset. None where storage is away just
  /// now, or where the actor ends, because the offset is ahead of storage, or an event is damaged.
  [[nodiscard]] Task<std::optional<TaggedPage>> read_tagged(std::string tag, TagOffset after);
  /// The event cannot be applied: the actor ends.
  void end_for(const TaggedEvent& event, const Error& error);

 private:
  /// From here on events and snapshots make a state of its own, from the beginning, until that is
  /// the actor's; the one before is seen till then.
  virtual void begin_state() = 0;
  virtual void adopt_state() = 0;
  /// Errors: `unknown_type`, `malformed`. Throws what users' code throws.
  [[nodiscard]] virtual Result<void> apply_record(const EventRecord& event) = 0;
  [[nodiscard]] virtual Result<void> decode_state(const EventRecord& snapshot) = 0;
  [[nodiscard]] virtual std::string encode_state() const = 0;

  /// The state and the events.
  [[nodiscard]] virtual std::vector<StoredType> stored_types() const = 0;

  /// How one attempt to recover has ended.
  enum class Recovery : std::uint8_t { done, again, ends };
  [[nodiscard]] Task<Recovery> take_turn();
  [[nodiscard]] Task<Recovery> try_to_recover();
  [[nodiscard]] Task<Recovery> check_schemas();
  [[nodiscard]] Task<Recovery> read_schemas();
  [[nodiscard]] Task<Recovery> add_schemas(std::vector<StoredType> types);
  [[nodiscard]] Task<Recovery> claim();
  [[nodiscard]] Task<Recovery> load();
  [[nodiscard]] Task<Recovery> replay();
  [[nodiscard]] Recovery apply_page(const ReadEvents& page);
  [[nodiscard]] Recovery failed(const Operation& operation);
  [[nodiscard]] Recovery damaged(const std::string& what);
  void check_may_write(const runtime::HandledMessage& message) const;
  void apply_written(const AppendEvents& written);
  void note_failure(const Operation& operation);
  void lengthen_pause() noexcept;
  void save_snapshot_if_due();

  const std::string key_;
  const PersistenceSettings settings_;
  JournalsOnStorage& journals_;
  Token token_ = {};
  Token gone_ = {};          // An owner that the cluster says is down.
  JournalState found_ = {};  // With the last claim.
  Position applied_ = {};    // Of the last message whose events are stored.
  std::uint64_t last_ = 0;
  std::uint64_t writes_ = 0;  // Of this token.
  std::uint64_t events_since_snapshot_ = 0;
  std::size_t bytes_since_snapshot_ = 0;
  bool has_written_ = false;  // For the message that is handled.
  bool must_recover_ = false;
  bool has_ended_ = false;   // It has no right to its journal any more, or cannot read it.
  bool has_failed_ = false;  // Its last write.
  bool has_warned_ = false;  // That its storage is away.
  Duration pause_{0};        // Before it recovers.
  const std::shared_ptr<JournalClaim> claim_;
  std::shared_ptr<SnapshotProgress> snapshots_;
};

}  // namespace persistence
}  // namespace troupe
