// How a persistent actor recovers: it claims its journal, so that nobody else, and nothing of its
// own from before, writes to it any more; then it reads the snapshot, and the events after that in
// pages.
//
//   answer to any step             leads to
//   stored                         the next step
//   fenced, damaged, refused       the actor's end, with words
//   all else                       all of it again, after a pause: storage may come back, and who
//                                  has the journal may go
#include <algorithm>
#include <troupe/persistence/actors/awaited_operation.hpp>
#include <troupe/persistence/actors/event_record.hpp>
#include <troupe/persistence/actors/journal_claim.hpp>
#include <troupe/persistence/actors/journaled_actor.hpp>
#include <troupe/persistence/actors/journals.hpp>
#include <utility>

namespace troupe::persistence {
namespace {

constexpr std::size_t page_events_max = 1'000;
constexpr Duration progress_every = std::chrono::seconds(5);

}  // namespace

Task<> JournaledActor::recover() {
  Recovery recovery = has_ended_ ? Recovery::ends : Recovery::again;
  while (recovery == Recovery::again) {
    if (pause_ > Duration::zero()) co_await sleep(pause_);
    recovery = co_await take_turn();
    if (recovery == Recovery::again) lengthen_pause();
  }
  if (recovery == Recovery::done) co_return;
  runtime::order_end_as_failed(cell());
  co_await sleep(Duration::max());  // Nothing more is handled.
}

/// One attempt. Who has to wait for storage, or for who has the journal, is in nobody's way.
Task<JournaledActor::Recovery> JournaledActor::take_turn() {
  RecoveryGate::Turn turn(journals_.gate());
  Future<void> come = turn.come(runtime::recoveries_max_of_system());
  static_cast<void>(co_await std::move(come));
  const Recovery recovery = co_await try_to_recover();
  if (recovery == Recovery::done) turn.note_recovered();
  co_return recovery;
}

Task<JournaledActor::Recovery> JournaledActor::try_to_recover() {
  Recovery recovery = co_await check_schemas();
  if (recovery != Recovery::done) co_return recovery;
  recovery = co_await claim();
  if (recovery != Recovery::done) co_return recovery;
  begin_state();
  last_ = 0;
  events_since_snapshot_ = 0;
  bytes_since_snapshot_ = 0;
  recovery = co_await load();
  if (recovery != Recovery::done) co_return recovery;
  recovery = co_await replay();
  if (recovery != Recovery::done) co_return recovery;
  adopt_state();
  applied_ = found_.applied;
  writes_ = 0;
  if (std::exchange(has_warned_, false)) log().info("has recovered \"{}\"", key_);
  co_return Recovery::done;
}

Task<JournaledActor::Recovery> JournaledActor::claim() {
  using Claim = AwaitedOperation<NotedClaim>;
  for (auto& [key, token] : journals_.pending_releases()->take()) {
    release_journal(journals_.storage(), journals_.pending_releases(), std::move(key), token);
  }
  auto request = std::make_unique<Claim>();
  request->claim = claim_;
  request->key = key_;
  request->incarnation = journals_.incarnation();
  request->instance = journals_.next_instance();
  request->gone = gone_;
  Future<Claim::Answer> answer = Claim::submit(journals_.storage(), std::move(request));
  const Result<Claim::Answer> answered = co_await std::move(answer);
  const ClaimJournal& claimed = *answered.value().request;
  const bool is_known = claimed.token == gone_;
  if (claimed.outcome == Stored::owned && !is_known &&
      journals_.is_down(claimed.token.incarnation)) {
    gone_ = claimed.token;
    co_return co_await claim();
  }
  if (!is_stored(claimed.outcome)) co_return failed(claimed);
  token_ = claimed.token;
  found_ = claimed.state;
  co_return Recovery::done;
}

Task<JournaledActor::Recovery> JournaledActor::load() {
  last_ = found_.first - 1;
  if (found_.snapshot == 0) co_return Recovery::done;
  using Load = AwaitedOperation<LoadSnapshot>;
  auto request = std::make_unique<Load>();
  request->key = key_;
  Future<Load::Answer> answer = Load::submit(journals_.storage(), std::move(request));
  const Result<Load::Answer> answered = co_await std::move(answer);
  const LoadSnapshot& loaded = *answered.value().request;
  if (!is_stored(loaded.outcome)) co_return failed(loaded);
  if (loaded.number > found_.last) {
    co_return damaged("its snapshot has event " + std::to_string(loaded.number) +
                      ", and its last event is " + std::to_string(found_.last));
  }
  if (loaded.number + 1 < found_.first) {
    co_return damaged("its snapshot has event " + std::to_string(loaded.number) +
                      ", and its first event is " + std::to_string(found_.first));
  }
  const Result<EventRecord> record = read_event_record(loaded.record);
  const Result<void> taken = record.ok() ? decode_state(*record) : Result<void>(record.error());
  if (!taken.ok()) {
    co_return damaged("the snapshot up to event " + std::to_string(loaded.number) +
                      " cannot be read: " + taken.error().to_string());
  }
  last_ = loaded.number;
  co_return Recovery::done;
}

Task<JournaledActor::Recovery> JournaledActor::replay() {
  using Read = AwaitedOperation<ReadEvents>;
  TimePoint told_at = now();
  while (last_ < found_.last) {
    auto request = std::make_unique<Read>();
    request->key = key_;
    request->first = last_ + 1;
    request->events_max = page_events_max;
    Future<Read::Answer> answer = Read::submit(journals_.storage(), std::move(request));
    const Result<Read::Answer> answered = co_await std::move(answer);
    const Recovery recovery = apply_page(*answered.value().request);
    if (recovery != Recovery::done) co_return recovery;
    if (last_ >= found_.last) break;
    if (now() - told_at >= progress_every) {
      told_at = now();
      log().info("recovers \"{}\": event {} of {}", key_, last_, found_.last);
    }
    co_await yield();
  }
  co_return Recovery::done;
}

JournaledActor::Recovery JournaledActor::apply_page(const ReadEvents& page) {
  if (!is_stored(page.outcome)) return failed(page);
  if (page.events.empty() || page.begins != last_ + 1) {
    return damaged("event " + std::to_string(last_ + 1) + " is missing");
  }
  for (std::size_t i = 0; i < page.events.size(); ++i) {
    const Result<EventRecord> event = read_event_record(page.events[i]);
    const Result<void> applied = event.ok() ? apply_record(*event) : Result<void>(event.error());
    if (!applied.ok()) {
      return damaged("event " + std::to_string(last_ + 1) +
                     " cannot be applied: " + applied.error().to_string());
    }
    ++last_;
  }
  events_since_snapshot_ += page.events.size();
  bytes_since_snapshot_ += page.events.bytes();
  return Recovery::done;
}

Task<std::optional<TaggedPage>> JournaledActor::read_tagged(std::string tag, TagOffset after) {
  using Read = AwaitedOperation<ReadTag>;
  auto request = std::make_unique<Read>();
  request->tag = std::move(tag);
  request->after = std::move(after);
  Future<Read::Answer> answer = Read::submit(journals_.storage(), std::move(request));
  const Result<Read::Answer> answered = co_await std::move(answer);
  ReadTag& read = *answered.value().request;
  if (is_stored(read.outcome)) {
    has_warned_ = false;
    std::optional<TaggedPage> page;
    page.emplace(TaggedPage{std::move(read.events), std::move(read.through), read.is_end});
    co_return page;
  }
  if (failed(read) == Recovery::ends) runtime::order_end_as_failed(cell());
  co_return std::nullopt;
}

void JournaledActor::end_for(const TaggedEvent& event, const Error& error) {
  static_cast<void>(damaged("event " + std::to_string(event.number) + " of the journal \"" +
                            event.key + "\" cannot be applied: " + error.to_string()));
  runtime::order_end_as_failed(cell());
}

JournaledActor::Recovery JournaledActor::failed(const Operation& operation) {
  std::string words(to_string(operation.outcome));
  if (!operation.why.empty()) words += ": " + operation.why;
  switch (operation.outcome) {
    case Stored::fenced:
    case Stored::damaged:
    case Stored::refused: return damaged(words);
    default: break;
  }
  if (!std::exchange(has_warned_, true)) {
    log().warn("cannot read the journal \"{}\" now, and tries again: {}", key_, words);
  }
  return Recovery::again;
}

JournaledActor::Recovery JournaledActor::damaged(const std::string& what) {
  has_ended_ = true;
  log().error("cannot recover from the journal \"{}\", and ends: {}", key_, what);
  return Recovery::ends;
}

}  // namespace troupe::persistence
