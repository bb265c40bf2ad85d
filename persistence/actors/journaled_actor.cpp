// How a persistent actor writes. How it recovers is in journal_recovery.cpp.
#include <troupe/persistence/actors/journaled_actor.hpp>

#include <algorithm>
#include <troupe/actor/ports/error_of.hpp>
#include <troupe/actor/ports/want_of_memory.hpp>
#include <troupe/persistence/actors/awaited_operation.hpp>
#include <troupe/persistence/actors/event_record.hpp>
#include <troupe/persistence/actors/journal_claim.hpp>
#include <troupe/persistence/actors/journals.hpp>
#include <troupe/persistence/actors/snapshot_progress.hpp>
#include <utility>

namespace troupe::persistence {
namespace {

constexpr Duration pause_min = std::chrono::milliseconds(100);
constexpr Duration pause_max = std::chrono::seconds(5);

JournalsOnStorage& journals_for(const std::string& key) {
  if (key.empty() || key.size() > name_bytes_max) {
    throw Failure(bad_setting("the id of a persistent actor has 1 to 255 bytes, and not " +
                              std::to_string(key.size())));
  }
  if (key == schemas_key) {
    throw Failure(bad_setting("the id of a persistent actor cannot be \"" + key + "\""));
  }
  auto* const journals = static_cast<JournalsOnStorage*>(runtime::journals_of_system());
  if (journals == nullptr) {
    throw Failure(bad_setting("the persistent actor \"" + key +
                              "\" needs storage: see NodeSettings::storage and "
                              "SystemSettings::journals"));
  }
  return *journals;
}

std::string words(const Operation& operation) {
  return std::string(to_string(operation.outcome)) + (operation.why.empty() ? "" : ": ") +
         operation.why;
}

/// What the asker of a message hears whose events were not stored.
Error error_of(const Operation& operation, const std::string& key) {
  const std::string context = "the events for \"" + key + "\" are not on storage: ";
  switch (operation.outcome) {
    case Stored::fenced: return {ErrorCode::fenced, context + words(operation)};
    case Stored::storage_full: return {ErrorCode::storage_full, context + words(operation)};
    case Stored::unknown:
      return {ErrorCode::storage_unavailable,
              "whether the events for \"" + key +
                  "\" are on storage is not known: " + words(operation)};
    default: return {ErrorCode::storage_unavailable, context + words(operation)};
  }
}

Failure refusal(std::string why) { return Failure(Error(ErrorCode::refused, std::move(why))); }

}  // namespace

void EventBatch::add(std::string_view record, std::string_view tag) {
  const auto place = static_cast<std::uint32_t>(records.size());
  records.add(record);
  if (tag.empty()) return;
  const auto same = std::ranges::find(tags, tag, &Tag::name);
  if (same != tags.end()) return same->events.push_back(place);
  tags.push_back({.name = std::string(tag), .events = {place}});
}

JournaledActor::JournaledActor(std::string persistence_id, PersistenceSettings settings)
    : key_(std::move(persistence_id)),
      settings_(settings),
      journals_(journals_for(key_)),
      claim_(
          std::make_shared<JournalClaim>(journals_.storage(), journals_.pending_releases(), key_)),
      snapshots_(std::make_shared<SnapshotProgress>()) {}

/// Anybody may have the journal next, once what is under way is done.
JournaledActor::~JournaledActor() { claim_->end(); }

bool JournaledActor::begin_message(runtime::StoredPosition position) noexcept {
  has_written_ = false;
  return position.number == 0 || Position{position.milliseconds, position.number} > applied_;
}

bool JournaledActor::take_failure() noexcept {
  if (!must_recover_) return false;
  has_written_ = false;
  must_recover_ = false;
  return true;
}

void JournaledActor::check_may_write(const runtime::HandledMessage& message) const {
  if (!message.is_exclusive) {
    throw refusal(
        "persist() in a Task that is reentrant: other messages would see a state that is not on "
        "storage");
  }
  if (has_written_) {
    throw refusal(
        "a second persist() for one message: its events are one write, so give them all "
        "to one persist()");
  }
  if (!message.is_next_to_settle) {
    throw refusal(
        "persist() for a message of a durable mailbox while an earlier one is stashed, deferred or "
        "waits in a reentrant Task: that one would count as done");
  }
}

Task<> JournaledActor::commit(EventBatch batch) {
  const runtime::HandledMessage message = co_await runtime::HandledMessageAwaiter();
  check_may_write(message);
  using Append = AwaitedOperation<AppendEvents>;
  auto append = std::make_unique<Append>();
  append->key = key_;
  append->token = token_;
  append->number = ++writes_;
  append->expected = last_;
  append->applied = {message.position.milliseconds, message.position.number};
  append->events = std::move(batch.records);
  append->tags = std::move(batch.tags);
  if (batch.is_whole) append->keep_from = last_ + append->events.size();
  has_written_ = true;
  Future<Append::Answer> answer = Append::submit(journals_.storage(), std::move(append));
  const Result<Append::Answer> answered = co_await std::move(answer);
  const AppendEvents& written = *answered.value().request;
  if (written.outcome == Stored::refused) {
    --writes_;
    throw refusal("the events for \"" + key_ + "\" are refused: " + written.why);
  }
  if (!is_stored(written.outcome)) {
    note_failure(written);
    runtime::AbandonedTask abandoned(error_of(written, key_));
    co_await abandoned;
  }
  has_failed_ = false;
  pause_ = Duration::zero();
  if (const auto error = runtime::error_of([&] { apply_written(written); })) {
    runtime::AbandonedTask abandoned(*error);
    co_await abandoned;
  }
  save_snapshot_if_due();
}

void JournaledActor::note_failure(const Operation& operation) {
  must_recover_ = true;
  if (operation.outcome == Stored::fenced || operation.outcome == Stored::damaged) {
    has_ended_ = true;
    log().error("cannot write to the journal \"{}\" any more, and ends: {}", key_,
                words(operation));
    return;
  }
  log().warn("a write to the journal \"{}\" has failed, and the actor recovers: {}", key_,
             words(operation));
  if (std::exchange(has_failed_, true)) {
    lengthen_pause();
  } else {
    pause_ = Duration::zero();
  }
}

void JournaledActor::lengthen_pause() noexcept {
  pause_ = std::clamp(times(2, pause_), pause_min, pause_max);
}

/// Where users' code throws, the state may have half of an event: it is recovered.
void JournaledActor::apply_written(const AppendEvents& written) {
  must_recover_ = true;
  for (std::size_t i = 0; i < written.events.size(); ++i) {
    const Result<EventRecord> event = read_event_record(written.events[i]);
    if (!event.ok()) throw Failure(event.error());
    apply_record(*event).value();
    ++last_;
  }
  must_recover_ = false;
  applied_ = std::max(applied_, written.applied);
  events_since_snapshot_ += written.events.size();
  bytes_since_snapshot_ += written.events.bytes();
}

void JournaledActor::save_snapshot_if_due() {
  const bool is_due =
      (settings_.snapshot_every != 0 && events_since_snapshot_ >= settings_.snapshot_every) ||
      (settings_.snapshot_bytes != 0 && bytes_since_snapshot_ >= settings_.snapshot_bytes);
  if (!is_due || snapshots_->is_under_way()) return;
  if (const auto why = snapshots_->take_failure()) {
    log().warn("the last snapshot of \"{}\" was not stored: {}", key_, *why);
  }
  std::string record;
  if (!runtime::succeeds([&] { record = encode_state(); })) {
    log().error("the state of \"{}\" cannot be encoded, and there is no snapshot of it", key_);
  } else {
    const std::uint64_t kept = std::min(settings_.events_kept, last_);
    snapshots_->save(journals_.storage(), key_, token_, last_, std::move(record), last_ + 1 - kept);
  }
  events_since_snapshot_ = 0;
  bytes_since_snapshot_ = 0;
}

}  // namespace troupe::persistence
