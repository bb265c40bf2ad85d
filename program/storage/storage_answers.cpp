#include <troupe/program/storage/storage_answers.hpp>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <span>
#include <troupe/persistence/storage.hpp>

namespace troupe::program {
namespace {

using persistence::Stored;

// Of one page of an answer, which is one message where a node gives it. A page has one record at
// least, and no record is longer.
constexpr std::size_t page_bytes_max = std::size_t{1} << 20U;
constexpr std::uint64_t page_lines_max = 1'000;

/// A request that its thread waits for.
template <class Request>
class Awaited : public Request {
 public:
  /// Until it is answered. What went wrong; empty where nothing did.
  [[nodiscard]] std::string submit_to(persistence::Storage& storage) {
    storage.submit(*this);
    std::unique_lock lock(mutex_);
    answered_.wait(lock, [this] { return is_answered_; });
    if (persistence::is_stored(this->outcome)) return {};
    return this->why.empty() ? std::string(to_string(this->outcome)) : this->why;
  }

 private:
  void complete() noexcept override {
    const std::lock_guard lock(mutex_);
    is_answered_ = true;
    answered_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable answered_;
  bool is_answered_ = false;
};

StoredBytes bytes_of(std::string_view record) {
  const auto bytes = std::as_bytes(std::span(record));
  return {bytes.begin(), bytes.end()};
}

std::string owner_of(const persistence::Token& token) {
  return token == persistence::Token{} ? std::string() : to_string(token);
}

QueueLine line_of(const persistence::QueueState& state) {
  QueueLine line;
  line.queue = state.name;
  line.waiting = state.books.waiting;
  line.waiting_bytes = state.waiting_bytes;
  line.dead_letters = state.dead_letters;
  line.stored = state.books.stored;
  line.settled = state.books.settled;
  line.dead = state.books.dead;
  line.expired = state.books.expired;
  line.purged = state.books.purged;
  line.is_paused = state.is_paused;
  line.owner = owner_of(state.owner);
  line.last_ms = state.last.milliseconds;
  line.last = state.last.number;
  line.cursor = state.cursor.number;
  line.attempts = state.attempts.count;
  return line;
}

/// Why there is nothing to be done to a queue; empty where there is one. A storage would make it.
std::string why_none(persistence::Storage& storage, const std::string& queue) {
  return answer(storage, TellQueue{queue}).problem;
}

}  // namespace

QueueList answer(persistence::Storage& storage, const TellQueues& request) {
  Awaited<persistence::ListQueues> asked;
  asked.after = request.after;
  asked.queues_max = page_lines_max;
  QueueList list;
  list.problem = asked.submit_to(storage);
  if (!list.problem.empty()) return list;
  for (const persistence::QueueState& state : asked.queues) list.queues.push_back(line_of(state));
  list.is_end = asked.is_end;
  return list;
}

QueueAnswer answer(persistence::Storage& storage, const TellQueue& request) {
  Awaited<persistence::ShowQueue> asked;
  asked.queue = request.queue;
  std::string problem = asked.submit_to(storage);
  if (!problem.empty()) return {std::move(problem), {}};
  return {{}, line_of(asked.state)};
}

MessageList answer(persistence::Storage& storage, const TellMessages& request) {
  Awaited<persistence::ReadQueue> asked;
  asked.queue = request.queue;
  asked.after = {.milliseconds = request.after_ms, .number = request.after};
  asked.messages_max = std::clamp<std::uint64_t>(request.messages_max, 1, page_lines_max);
  asked.bytes_max = page_bytes_max;
  MessageList list;
  list.problem = asked.submit_to(storage);
  for (persistence::StoredMessage& one : asked.messages) {
    list.messages.push_back({one.position.number, one.position.milliseconds, std::move(one.history),
                             bytes_of(one.record)});
  }
  list.last = asked.last.number;
  return list;
}

Done answer(persistence::Storage& storage, const PauseQueue& request) {
  using Action = persistence::ControlQueue::Action;
  if (std::string problem = why_none(storage, request.queue); !problem.empty()) {
    return {std::move(problem), 0, 0};
  }
  Awaited<persistence::ControlQueue> asked;
  asked.queue = request.queue;
  asked.action = request.is_paused ? Action::pause : Action::resume;
  return {asked.submit_to(storage), 0, 0};
}

Done answer(persistence::Storage& storage, const PurgeQueue& request) {
  std::string problem = why_none(storage, request.queue);
  if (!problem.empty()) return {std::move(problem), 0, 0};
  Awaited<persistence::ControlQueue> asked;
  asked.queue = request.queue;
  asked.action = persistence::ControlQueue::Action::purge;
  problem = asked.submit_to(storage);
  return {std::move(problem), asked.purged, 0};
}

LetterList answer(persistence::Storage& storage, const TellLetters& request) {
  Awaited<persistence::ListDeadLetters> asked;
  asked.queue = request.queue;
  asked.after = request.after;
  asked.letters_max = std::clamp<std::uint64_t>(request.letters_max, 1, page_lines_max);
  asked.bytes_max = page_bytes_max;
  LetterList list;
  list.problem = asked.submit_to(storage);
  if (!list.problem.empty()) return list;
  for (persistence::DeadLetterRecord& one : asked.letters) {
    list.letters.push_back({one.id, one.position.number, one.position.milliseconds, one.died_at,
                            one.attempts, std::move(one.error), std::move(one.history),
                            bytes_of(one.record)});
  }
  list.is_end = asked.is_end;
  return list;
}

Done answer(persistence::Storage& storage, const HandleLetters& request) {
  using Action = persistence::HandleDeadLetters::Action;
  Awaited<persistence::HandleDeadLetters> asked;
  asked.queue = request.queue;
  asked.action = request.is_replay ? Action::replay : Action::drop;
  asked.first = request.first;
  asked.last = request.last;
  std::string problem = why_none(storage, request.queue);
  if (problem.empty()) problem = asked.submit_to(storage);
  return {std::move(problem), asked.handled, asked.next_id};
}

JournalList answer(persistence::Storage& storage, const TellJournals& request) {
  Awaited<persistence::ListJournals> asked;
  asked.after = request.after;
  asked.journals_max = page_lines_max;
  JournalList list;
  list.problem = asked.submit_to(storage);
  if (!list.problem.empty()) return list;
  for (const persistence::JournalState& state : asked.journals) {
    list.journals.push_back({state.key, state.first, state.last, state.snapshot, state.is_erased,
                             owner_of(state.owner)});
  }
  list.is_end = asked.is_end;
  return list;
}

EventList answer(persistence::Storage& storage, const TellEvents& request) {
  Awaited<persistence::ReadEvents> asked;
  asked.key = request.journal;
  asked.first = std::max<std::uint64_t>(request.first, 1);
  asked.events_max = std::clamp<std::uint64_t>(request.events_max, 1, page_lines_max);
  asked.bytes_max = page_bytes_max;
  EventList list;
  list.problem = asked.submit_to(storage);
  list.begins = asked.begins;
  for (std::size_t i = 0; i < asked.events.size(); ++i) {
    list.events.push_back(bytes_of(asked.events[i]));
  }
  list.last = asked.last;
  return list;
}

SnapshotAnswer answer(persistence::Storage& storage, const TellSnapshot& request) {
  Awaited<persistence::LoadSnapshot> asked;
  asked.key = request.journal;
  std::string problem = asked.submit_to(storage);
  if (!problem.empty()) return {std::move(problem), 0, {}};
  return {{}, asked.number, bytes_of(asked.record)};
}

Done answer(persistence::Storage& storage, const EraseEvents& request) {
  Awaited<persistence::EraseJournal> asked;
  asked.key = request.journal;
  std::string problem = asked.submit_to(storage);
  return {std::move(problem), asked.erased, 0};
}

BackupStep answer(persistence::Storage& storage, const BackUpStorage& request) {
  Awaited<persistence::BackUp> asked;
  asked.file = request.file;
  asked.is_first = request.is_first;
  std::string problem = asked.submit_to(storage);
  return {std::move(problem), asked.bytes_done, asked.bytes_total, asked.is_end};
}

}  // namespace troupe::program
