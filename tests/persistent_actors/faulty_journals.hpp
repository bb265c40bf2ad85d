// FaultyJournals: a storage in memory that can be away, that can refuse and lose answers, and that
// can be held up; and the fixture of the tests that need one.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <troupe/persistence/actors/journals.hpp>
#include <troupe/persistence/mailbox/mailboxes.hpp>
#include <troupe/persistence/memory_storage.hpp>
#include <troupe/persistence/rules/operation_access.hpp>
#include <troupe/testkit/test_system.hpp>
#include <utility>
#include <vector>

namespace troupe::persistent_test {

using persistence::Operation;
using persistence::Stored;

/// A request that is answered at once, as a storage in memory does.
template <class Request>
struct Asked final : Request {
  void complete() noexcept override { is_answered = true; }
  bool is_answered = false;
};

class FaultyJournals final : public persistence::Storage {
 public:
  explicit FaultyJournals(std::shared_ptr<persistence::MemoryStorage> inner)
      : inner_(std::move(inner)) {}

  bool is_away = false;         ///< All is `unavailable`.
  int loses = 0;                ///< So many appends are carried out, and are answered `unknown`.
  std::deque<Stored> refusals;  ///< How the next appends are answered, which are not carried out.
  int snapshots_refused = 0;    ///< How many, of the next ones.
  bool is_held = false;         ///< Operations wait until release().
  bool holds_reads = false;     ///< Reads of events wait until release().
  std::uint64_t events_read = 0;
  std::uint64_t pages_read = 0;
  std::uint64_t claims = 0;

  void release() {
    is_held = false;
    holds_reads = false;
    for (Operation* one : std::exchange(held_, {})) take(*one);
  }

  void on_append(std::function<void(std::string_view queue)> wake) override {
    inner_->on_append(std::move(wake));
  }
  void close(Duration /*timeout*/) override { release(); }
  [[nodiscard]] persistence::StorageCounts counts() const override { return inner_->counts(); }
  [[nodiscard]] const persistence::StorageLimits& limits() const noexcept override {
    return inner_->limits();
  }

 private:
  void take(Operation& operation) override {
    if (is_held) return held_.push_back(&operation);
    if (is_away) return answer(operation, Stored::unavailable, "pulled out");
    persistence::visit(operation, [&](auto& one) { carry_out(one); });
  }
  template <class Request>
  void carry_out(Request& one) {
    inner_->submit(one);
  }
  void carry_out(persistence::ClaimJournal& one) {
    if (one.key != persistence::schemas_key) ++claims;
    inner_->submit(one);
  }
  void carry_out(persistence::AppendEvents& one) {
    if (!refusals.empty()) {
      const Stored refusal = refusals.front();
      refusals.pop_front();
      return answer(one, refusal, "for a test");
    }
    if (loses == 0) return inner_->submit(one);
    --loses;
    Asked<persistence::AppendEvents> copy;
    copy.key = one.key;
    copy.token = one.token;
    copy.number = one.number;
    copy.expected = one.expected;
    copy.events = one.events;
    copy.applied = one.applied;
    copy.keep_from = one.keep_from;
    inner_->submit(copy);
    answer(one, Stored::unknown, "the answer was lost");
  }
  void carry_out(persistence::SaveSnapshot& one) {
    if (snapshots_refused == 0) return inner_->submit(one);
    --snapshots_refused;
    answer(one, Stored::storage_full, "for a test");
  }
  void carry_out(persistence::ReadEvents& one) {
    if (holds_reads && one.key != persistence::schemas_key) return held_.push_back(&one);
    Asked<persistence::ReadEvents> copy;
    copy.key = one.key;
    copy.first = one.first;
    copy.events_max = one.events_max;
    copy.bytes_max = one.bytes_max;
    inner_->submit(copy);
    if (one.key != persistence::schemas_key) {
      events_read += copy.events.size();
      ++pages_read;
    }
    inner_->submit(one);
  }
  static void answer(Operation& operation, Stored outcome, const char* why) {
    operation.outcome = outcome;
    operation.why = why;
    operation.complete();
  }

  const std::shared_ptr<persistence::MemoryStorage> inner_;
  std::vector<Operation*> held_;
};

/// One life of a system after the other, on one storage.
class PersistentTest : public testing::Test {
 protected:
  PersistentTest() { start(); }

  void start() {
    const std::uint64_t incarnation = ++incarnations_;
    journals_ = persistence::journals_on(storage_, {.incarnation = incarnation});
    system_.emplace(testkit::TestSystemSettings{
        .actors = {.mailboxes = persistence::mailboxes_on(
                       storage_, {.incarnation = incarnation, .wall_clock = {}}),
                   .journals = journals_,
                   .recoveries_max = recoveries_max_}});
  }
  /// Ends the system in order, and begins the next life.
  void restart() {
    system_.reset();
    start();
  }
  testkit::TestSystem& system() { return *system_; }
  ActorSystem& actors() { return system_->actors(); }

  /// What storage knows of a journal.
  persistence::JournalState journal(const std::string& key) {
    Asked<persistence::ListJournals> request;
    memory_->submit(request);
    for (persistence::JournalState& state : request.journals) {
      if (state.key == key) return state;
    }
    return {};
  }
  persistence::QueueState queue(const std::string& name) {
    Asked<persistence::ShowQueue> request;
    request.queue = name;
    memory_->submit(request);
    EXPECT_EQ(request.outcome, Stored::stored) << request.why;
    return request.state;
  }
  /// Whether a line of the log has all of these.
  bool has_logged(std::initializer_list<std::string_view> words) {
    for (const testkit::LogLine& line : system().log_lines()) {
      bool has_all = true;
      for (const std::string_view word : words) {
        has_all = has_all && line.text.find(word) != std::string::npos;
      }
      if (has_all) return true;
    }
    return false;
  }

  std::size_t recoveries_max_ = 50;
  std::uint64_t incarnations_ = 0;
  std::shared_ptr<persistence::MemoryStorage> memory_ =
      std::make_shared<persistence::MemoryStorage>();
  std::shared_ptr<FaultyJournals> storage_ = std::make_shared<FaultyJournals>(memory_);
  std::shared_ptr<persistence::JournalsOnStorage> journals_;
  std::optional<testkit::TestSystem> system_;
};

}  // namespace troupe::persistent_test
