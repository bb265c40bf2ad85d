// A SqliteCore on a FaultyDisk, and an owner that works with it and remembers what it was promised.
#pragma once

#include <gtest/gtest.h>
#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <troupe/persistence/durable_queue.hpp>
#include <troupe/persistence/journal.hpp>
#include <troupe/persistence/snapshot_store.hpp>
#include <troupe/persistence/sqlite/sqlite_core.hpp>
#include <utility>
#include <vector>
#include "faulty_disk.hpp"

namespace troupe::persistence {

/// A request that is looked at once the group is answered.
template <class Request>
struct Plain : Request {
  void complete() noexcept override {}
};

/// One storage without threads, over crashes.
class FaultyStorage {
 public:
  explicit FaultyStorage(std::uint64_t seed, Durability durability = Durability::full,
                         std::uint64_t reserve_bytes = 0)
      : disk(seed),
        settings_{.path = "storage.db",
                  .durability = durability,
                  .reserve_bytes = reserve_bytes,
                  .cache_bytes = std::uint64_t{1} << 20U,
                  .vfs = disk.name()} {}

  /// False, with why(), where it cannot be opened.
  bool open() {
    core_.reset();
    auto opened = SqliteCore::open(settings_);
    if (!opened) {
      why_ = opened.error().context();
      return false;
    }
    core_ = std::move(opened).value();
    return true;
  }
  /// In order.
  void close() {
    core_->end();
    core_.reset();
  }
  /// The machine loses its power, and the storage is opened anew.
  bool crash() {
    disk.crash_now();
    core_.reset();
    disk.reboot();
    return open();
  }

  void carry_out(const std::vector<Operation*>& group) { core_->carry_out(group, now); }
  Stored ask(Operation& operation) {
    carry_out({&operation});
    return operation.outcome;
  }

  [[nodiscard]] SqliteCore& core() { return *core_; }
  [[nodiscard]] SqliteSettings& settings() noexcept { return settings_; }
  [[nodiscard]] const std::string& why() const noexcept { return why_; }

  FaultyDisk disk;
  TimePoint now{};

 private:
  SqliteSettings settings_;
  std::unique_ptr<SqliteCore> core_;
  std::string why_;
};

/// Appends to one queue and one journal, settles, and checks after each crash that all is there
/// that it was told of, that nothing is twice, and that the books balance.
class Witness {
 public:
  Witness(FaultyStorage& storage, Random& random) : storage_(storage), random_(random) {}

  /// Claims both. False: the storage fails.
  bool take_over() {
    Plain<ClaimQueue> queue;
    queue.queue = "orders";
    Plain<ClaimJournal> journal;
    journal.key = "account";
    queue.incarnation = journal.incarnation = 0xa1;
    queue.instance = journal.instance = ++instances_;
    storage_.carry_out({&queue, &journal});
    if (queue.outcome != Stored::stored || journal.outcome != Stored::stored) return false;
    token_ = queue.token;
    journal_token_ = journal.token;
    settle_number_ = write_number_ = 0;
    look(queue.state, journal.state);
    return true;
  }

  /// One group of some appends, a settling and some events. False: the storage has failed.
  bool work() {
    std::deque<Plain<AppendBatch>> appends(1 + random_.below(3));
    std::vector<Operation*> group;
    for (auto& one : appends) {
      one.queue = "orders";
      one.producer = 7;
      one.batch = ++batch_;
      for (std::uint64_t i = 1 + random_.below(70); i > 0; --i) {
        one.records.add(std::to_string(++texts_) + std::string(random_.below(300), '.'));
      }
      group.push_back(&one);
    }
    Plain<SettleBatch> settling;
    settling.queue = "orders";
    settling.token = token_;
    settling.number = ++settle_number_;
    settling.through = cursor_ + (last_ > cursor_ ? random_.below(last_ - cursor_ + 1) : 0);
    if (settling.through > cursor_ && random_.below(4) == 0) {
      settling.dead.push_back({.number = settling.through, .attempts = 1, .error = "dead"});
    }
    group.push_back(&settling);
    Plain<AppendEvents> events;
    events.key = "account";
    events.token = journal_token_;
    events.number = ++write_number_;
    events.expected = journal_.size();
    for (std::uint64_t i = random_.below(4); i > 0; --i) {
      events.events.add("event " + std::to_string(journal_.size() + i));
    }
    group.push_back(&events);
    storage_.carry_out(group);
    return note(appends, settling, events);
  }

  [[nodiscard]] std::uint64_t messages() const noexcept { return last_; }
  [[nodiscard]] std::uint64_t events() const noexcept { return journal_.size(); }
  /// What was promised so far may be gone at the next look, from some place on.
  void allow_loss() {
    promised_.clear();
    is_lossy_ = true;
  }

 private:
  template <class Appends>
  bool note(const Appends& appends, const SettleBatch& settling, const AppendEvents& events) {
    bool is_well = true;
    for (const auto& one : appends) {
      if (one.outcome != Stored::stored) {
        EXPECT_TRUE(one.outcome == Stored::unknown || one.outcome == Stored::unavailable)
            << to_string(one.outcome) << " " << one.why;
        is_well = false;
        continue;
      }
      for (std::size_t i = 0; i < one.taken; ++i) {
        promised_[one.first.number + i] = std::string(one.records[i]);
      }
      last_ = one.first.number + one.taken - 1;
    }
    if (settling.outcome == Stored::stored) {
      cursor_ = settling.through;
      letters_ += settling.dead.size();
    } else {
      is_well = false;
    }
    if (events.outcome == Stored::stored) {
      for (std::size_t i = 0; i < events.events.size(); ++i) {
        journal_.emplace_back(events.events[i]);
      }
    } else {
      is_well = false;
    }
    return is_well;
  }

  void look(const QueueState& queue, const JournalState& journal) {
    const QueueBooks& books = queue.books;
    EXPECT_EQ(books.stored,
              books.settled + books.dead + books.expired + books.purged + books.waiting);
    if (!is_lossy_) {
      EXPECT_GE(queue.last.number, last_) << "an acknowledged message is gone";
      EXPECT_GE(queue.cursor.number, cursor_) << "an acknowledged settling is gone";
      EXPECT_GE(books.dead, letters_);
      EXPECT_GE(journal.last, journal_.size()) << "an acknowledged event is gone";
    }
    read_messages(queue);
    read_events(journal);
    last_ = queue.last.number;
    cursor_ = queue.cursor.number;
    letters_ = books.dead;
    is_lossy_ = false;
  }

  void read_messages(const QueueState& queue) {
    std::uint64_t number = queue.cursor.number;
    std::uint64_t bytes = 0;
    Plain<ReadQueue> reading;
    reading.queue = "orders";
    reading.after = queue.cursor;
    while (number < queue.last.number) {
      if (storage_.ask(reading) != Stored::stored || reading.messages.empty()) {
        if (storage_.disk.has_crashed()) return;
        ADD_FAILURE() << "messages after " << number << ": " << reading.why;
        return;
      }
      for (const StoredMessage& one : reading.messages) {
        EXPECT_EQ(one.position.number, ++number) << "a gap";
        const auto found = promised_.find(number);
        if (found == promised_.end()) {
          promised_[number] = one.record;
        } else {
          EXPECT_EQ(one.record, found->second);
        }
        bytes += one.record.size();
        reading.after = one.position;
      }
    }
    EXPECT_EQ(bytes, queue.waiting_bytes);
    promised_.erase(promised_.begin(), promised_.lower_bound(queue.cursor.number + 1));
  }

  void read_events(const JournalState& journal) {
    std::vector<std::string> found;
    Plain<ReadEvents> reading;
    reading.key = "account";
    while (found.size() < journal.last) {
      reading.first = found.size() + 1;
      if (storage_.ask(reading) != Stored::stored || reading.events.empty()) {
        if (storage_.disk.has_crashed()) return;
        ADD_FAILURE() << "events from " << reading.first << ": " << reading.why;
        return;
      }
      for (std::size_t i = 0; i < reading.events.size(); ++i) {
        found.emplace_back(reading.events[i]);
      }
    }
    const std::size_t both = std::min(found.size(), journal_.size());
    EXPECT_TRUE(std::equal(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(both),
                           journal_.begin()));
    journal_ = std::move(found);
  }

  FaultyStorage& storage_;
  Random& random_;
  Token token_;
  Token journal_token_;
  std::uint64_t instances_ = 0;
  std::uint64_t batch_ = 0;
  std::uint64_t texts_ = 0;
  std::uint64_t settle_number_ = 0;
  std::uint64_t write_number_ = 0;
  std::uint64_t last_ = 0;
  std::uint64_t cursor_ = 0;
  std::uint64_t letters_ = 0;
  bool is_lossy_ = false;
  std::map<std::uint64_t, std::string> promised_;  // Those that wait.
  std::vector<std::string> journal_;
};

}  // namespace troupe::persistence
