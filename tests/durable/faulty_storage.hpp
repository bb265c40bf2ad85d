// FaultyStorage: a storage in memory that can be away, that can lose answers, and that can hang;
// and the fixture of the tests that need one.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <troupe/persistence/mailbox/mailboxes.hpp>
#include <troupe/persistence/memory_storage.hpp>
#include <troupe/persistence/rules/operation_access.hpp>
#include <troupe/testkit/test_system.hpp>
#include <utility>
#include <vector>

namespace troupe::durable_test {

using persistence::Operation;
using persistence::Stored;

class FaultyStorage final : public persistence::Storage {
 public:
  explicit FaultyStorage(std::shared_ptr<persistence::MemoryStorage> inner)
      : inner_(std::move(inner)) {}

  bool is_away = false;            ///< All is `unavailable`.
  bool hangs = false;              ///< Nothing is carried out before let_go().
  int loses = 0;                   ///< So many writes are done, and their answers are `unknown`.
  std::size_t asked_messages = 0;  ///< How many messages all readings were ready to take.
  std::vector<bool> by_owner;      ///< Of the batches of messages, in their order.

  void let_go() {
    hangs = false;
    for (Operation* one : std::exchange(held_, {})) take(*one);
  }

  void on_append(std::function<void(std::string_view queue)> wake) override {
    inner_->on_append(std::move(wake));
  }
  void close(Duration /*timeout*/) override {}
  [[nodiscard]] persistence::StorageCounts counts() const override { return inner_->counts(); }
  [[nodiscard]] const persistence::StorageLimits& limits() const noexcept override {
    return inner_->limits();
  }

 private:
  template <class Request>
  struct Copy final : Request {
    void complete() noexcept override { is_done = true; }
    bool is_done = false;
  };

  void take(Operation& operation) override {
    if (is_away) return answer(operation, Stored::unavailable, "pulled out");
    if (hangs) return held_.push_back(&operation);
    persistence::visit(operation, [&](auto& one) { carry_out(one); });
  }
  template <class Request>
  void carry_out(Request& one) {
    if constexpr (std::is_same_v<Request, persistence::ReadQueue>) {
      asked_messages += one.messages_max;
    }
    if constexpr (std::is_same_v<Request, persistence::AppendBatch>) {
      by_owner.push_back(one.by_owner);
    }
    if constexpr (std::is_same_v<Request, persistence::AppendBatch> ||
                  std::is_same_v<Request, persistence::SettleBatch>) {
      if (loses > 0) {
        --loses;
        Copy<Request> copy;
        copy_inputs(one, copy);
        inner_->submit(copy);
        return answer(one, Stored::unknown, "the answer was lost");
      }
    }
    inner_->submit(one);
  }
  static void copy_inputs(const persistence::AppendBatch& from, persistence::AppendBatch& to) {
    to.queue = from.queue;
    to.producer = from.producer;
    to.batch = from.batch;
    to.records = from.records;
  }
  static void copy_inputs(const persistence::SettleBatch& from, persistence::SettleBatch& to) {
    to.queue = from.queue;
    to.token = from.token;
    to.number = from.number;
    to.through = from.through;
    to.dead = from.dead;
    to.expired = from.expired;
    to.attempts = from.attempts;
    to.releases = from.releases;
  }
  static void answer(Operation& operation, Stored outcome, const char* why) {
    operation.outcome = outcome;
    operation.why = why;
    operation.complete();
  }

  const std::shared_ptr<persistence::MemoryStorage> inner_;
  std::vector<Operation*> held_;
};

/// A request that is answered at once, as a storage in memory does.
template <class Request>
struct Asked final : Request {
  void complete() noexcept override { is_answered = true; }
  bool is_answered = false;
};

/// One life of a system after the other, on one storage.
class DurableTest : public testing::Test {
 protected:
  DurableTest() { start(); }

  void start() {
    const auto is_down = [this](std::uint64_t node) { return down_.contains(node); };
    // Whatever runs for ever at one time is found out by the number of its turns.
    system_.emplace(testkit::TestSystemSettings{
        .turns_max = 20'000,
        .actors = {.mailboxes = persistence::mailboxes_on(
                       storage_, {.incarnation = ++lives_, .is_down = is_down})}});
  }
  /// Ends the system in order, and begins the next life.
  void restart() {
    system_.reset();
    start();
  }
  testkit::TestSystem& system() { return *system_; }
  ActorSystem& actors() { return system_->actors(); }

  persistence::QueueState state(const std::string& queue = "orders") {
    Asked<persistence::ShowQueue> request;
    request.queue = queue;
    storage_->submit(request);
    EXPECT_EQ(request.outcome, Stored::stored) << request.why;
    return request.state;
  }
  std::vector<persistence::DeadLetterRecord> letters(const std::string& queue = "orders") {
    Asked<persistence::ListDeadLetters> request;
    request.queue = queue;
    storage_->submit(request);
    EXPECT_EQ(request.outcome, Stored::stored) << request.why;
    return std::move(request.letters);
  }
  void control(persistence::ControlQueue::Action action, const std::string& queue = "orders") {
    Asked<persistence::ControlQueue> request;
    request.queue = queue;
    request.action = action;
    storage_->submit(request);
    EXPECT_EQ(request.outcome, Stored::stored) << request.why;
  }
  /// That nothing is under way, and nothing was lost.
  void expect_books_closed() {
    const SystemCounts counts = actors().counts();
    EXPECT_EQ(counts.sent, counts.handled + counts.dropped + counts.stored);
  }

  std::shared_ptr<persistence::MemoryStorage> memory_ =
      std::make_shared<persistence::MemoryStorage>();
  std::shared_ptr<FaultyStorage> storage_ = std::make_shared<FaultyStorage>(memory_);
  std::uint64_t lives_ = 0;
  std::set<std::uint64_t> down_;  ///< Nodes that are known to be.
  std::optional<testkit::TestSystem> system_;
};

}  // namespace troupe::durable_test
