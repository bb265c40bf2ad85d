// Durable mailboxes on a simulated store, life after life, under faults that a seed chooses.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <troupe/actor/actor.hpp>
#include <troupe/persistence/mailbox/mailboxes.hpp>
#include <troupe/testkit/simulated_store.hpp>
#include <troupe/testkit/test_system.hpp>
#include <vector>

namespace troupe::durable_test {
namespace {

using namespace std::chrono_literals;
using persistence::QueueBooks;
using testkit::SimulatedStore;
using testkit::SimulatedStoreSettings;
using testkit::TestSystem;

constexpr Duration handling = 20ms;  // Of some parcels.
constexpr Duration rest = 10ms;      // Of a shipper, after some.

struct Parcel {
  static constexpr std::string_view wire_name = "sim.Parcel";
  std::uint32_t sender = 0;
  std::uint32_t number = 0;
};

/// What was seen of all lives of one seed.
struct Record {
  std::set<std::uint64_t> stored;   ///< Those of which the sender has heard that they are.
  std::set<std::uint64_t> refused;  ///< Those that were "not executed".
  std::uint64_t sent = 0;
  std::map<std::uint64_t, int> begun;
  std::map<std::uint64_t, int> ended;
  std::vector<Parcel> first_begun;  ///< Each where it was begun for the first time.
  std::set<std::uint64_t> in_this_life;
  std::vector<std::string> violations;
};

std::uint64_t key_of(const Parcel& parcel) {
  return std::uint64_t{parcel.sender} << 32U | parcel.number;
}

/// Each parcel is handled at once, after a while, or fails at first: its number says which.
class Depot : public Actor {
 public:
  using Protocol = Accepts<Parcel>;
  explicit Depot(Record* record) : record_(record) {}

  Task<> on(Parcel parcel) {
    const std::uint64_t key = key_of(parcel);
    if (++record_->begun[key] == 1) record_->first_begun.push_back(parcel);
    // Once in a life, but for those that fail.
    if (!record_->in_this_life.insert(key).second && parcel.number % 7 != 3) {
      record_->violations.push_back("begun twice in one life: " + std::to_string(parcel.number));
    }
    if (parcel.number % 7 == 3 && record_->begun[key] < 3) throw std::runtime_error("not yet");
    if (parcel.number % 5 == 2) co_await sleep(handling);
    ++record_->ended[key];
  }

 private:
  Record* const record_;
};

/// Whose depot may fail as often as it likes.
class Warehouse : public Actor {
 public:
  using Protocol = Accepts<>;
  Warehouse(Record* record, RefTo<Depot>* depot) : record_(record), depot_(depot) {}

  void on_start() {
    *depot_ =
        spawn<Depot>("depot", with(durable_mailbox("parcels", {.retry_pause = 50ms})), record_);
  }
  [[nodiscard]] SupervisorStrategy supervision() const override {
    return one_for_one({.restarts = 1'000'000, .within = 1min});
  }

 private:
  Record* const record_;
  RefTo<Depot>* const depot_;
};

struct Go {
  static constexpr bool local_message = true;
  std::uint32_t count = 0;
};

class Shipper : public Actor {
 public:
  using Protocol = Accepts<Go>;
  Shipper(RefTo<Depot> depot, std::uint32_t id, Record* record)
      : depot_(depot), id_(id), record_(record) {}

  Task<> on(Go go) {
    for (std::uint32_t number = 1; number <= go.count; ++number) {
      const Parcel parcel{id_, number};
      ++record_->sent;
      const Result<void> sent = co_await send<Parcel>(depot_, {id_, number});
      if (sent.ok()) {
        record_->stored.insert(key_of(parcel));
      } else if (sent.error().definitely_not_executed()) {
        record_->refused.insert(key_of(parcel));
      }
      if (number % 4 == 0) co_await sleep(rest);
    }
  }

 private:
  RefTo<Depot> depot_;
  const std::uint32_t id_;
  Record* const record_;
};

/// The lives of one seed.
class Story {
 public:
  explicit Story(std::uint64_t seed) : random_(seed), store_({.seed = seed}) {}

  std::vector<std::string> run() {
    const std::uint64_t lives = 1 + random_.below(4);
    for (std::uint64_t i = 0; i < lives; ++i) live();
    last_life();
    check();
    return std::move(record_.violations);
  }

  [[nodiscard]] const SimulatedStore::Faults& faults() const { return store_.faults(); }

 private:
  void start() {
    connection_ = store_.connect();
    record_.in_this_life.clear();
    system_.emplace(testkit::TestSystemSettings{
        .seed = random_.next(),

        .log_level = LogLevel::warn,
        .actors = {.mailboxes = persistence::mailboxes_on(
                       connection_, {.incarnation = ++incarnation_, .wall_clock = {}})}});
    store_.run_in(system_->world());
    system_->actors().spawn<Warehouse>("warehouse", &record_, &depot_);
    system_->run();
  }

  void live() {
    store_.set_faults({.latency_max = random_.below(3) == 0 ? Duration(300ms) : Duration(2ms),
                       .refused = share(),
                       .lost = share(),
                       .late = share()});
    start();
    for (std::uint32_t i = 0; i < 3; ++i) {
      const auto shipper = system_->actors().spawn<Shipper>("", depot_, ++senders_, &record_);
      shipper.tell(Go{10 + static_cast<std::uint32_t>(random_.below(40))});
    }
    for (std::uint64_t steps = 2 + random_.below(6); steps > 0; --steps) {
      system_->run_for(std::chrono::milliseconds(1 + random_.below(400)));
      shake();
    }
    store_.set_away(false);
    if (random_.below(2) == 0) {  // It ends in order.
      store_.set_faults({});
      system_->run_for(20s);
    }
    end();
  }

  void shake() {
    switch (random_.below(5)) {
      case 0: return store_.restart();
      case 1: return store_.set_away(true);
      case 2: return store_.set_away(false);
      default: return;
    }
  }

  /// Without faults, until nothing waits.
  void last_life() {
    store_.set_faults({});
    start();
    const bool is_idle = system_->run_until(
        [&] { return store_.queue("parcels").books.waiting == 0 && store_.waiting() == 0; }, 10min);
    if (!is_idle) {
      record_.violations.push_back("messages wait for ever: " +
                                   std::to_string(store_.queue("parcels").books.waiting));
      for (const auto& line : system_->log_lines()) record_.violations.push_back(line.text);
    }
    end();
  }

  void end() {
    connection_->cut();
    system_.reset();
  }

  void check() {
    const QueueBooks books = store_.queue("parcels").books;
    if (books.stored != books.settled + books.dead + books.expired + books.purged + books.waiting) {
      record_.violations.emplace_back("the books do not balance");
    }
    if (books.dead != 0) record_.violations.emplace_back("one that is handled was given up");
    if (books.stored > record_.sent) record_.violations.emplace_back("stored more than was sent");
    for (const std::uint64_t key : record_.stored) {
      if (record_.ended[key] == 0) {
        record_.violations.push_back("lost: " + std::to_string(key & 0xffffffffU));
      }
    }
    for (const std::uint64_t key : record_.refused) {
      if (record_.begun.contains(key)) {
        record_.violations.push_back("handled, though it was said not to be: " +
                                     std::to_string(key & 0xffffffffU));
      }
    }
    std::map<std::uint32_t, std::uint32_t> last;
    for (const Parcel& parcel : record_.first_begun) {
      if (parcel.number < last[parcel.sender]) {
        record_.violations.push_back("out of order: " + std::to_string(parcel.number));
      }
      last[parcel.sender] = parcel.number;
    }
  }

  double share() { return random_.below(2) == 0 ? 0.0 : random_.unit() * 0.2; }

  Random random_;
  SimulatedStore store_;
  std::shared_ptr<SimulatedStore::Connection> connection_;
  std::optional<TestSystem> system_;
  RefTo<Depot> depot_;
  Record record_;
  std::uint64_t incarnation_ = 0;
  std::uint32_t senders_ = 0;
};

/// TROUPE_SEED replays one.
std::pair<std::uint64_t, std::uint64_t> seeds() {
  if (const char* one = std::getenv("TROUPE_SEED")) {
    const std::uint64_t seed = std::strtoull(one, nullptr, 10);
    return {seed, seed + 1};
  }
  return {1, 501};
}

TEST(SimulatedMailboxes, LoseAndRepeatNothingUnderFaultsOfFiveHundredSeeds) {
  SimulatedStore::Faults met;
  int failed = 0;
  const auto [first, end] = seeds();
  for (std::uint64_t seed = first; seed < end && failed < 5; ++seed) {
    Story story(seed);
    const std::vector<std::string> violations = story.run();
    met.refused += story.faults().refused;
    met.lost += story.faults().lost;
    met.late += story.faults().late;
    met.cut += story.faults().cut;
    if (violations.empty()) continue;
    ++failed;
    std::ostringstream all;
    for (const std::string& one : violations) all << "\n  " << one;
    ADD_FAILURE() << "TROUPE_SEED=" << seed << all.str();
  }
  if (end - first > 1) {
    EXPECT_GT(met.refused, 1'000U);
    EXPECT_GT(met.lost, 1'000U);
    EXPECT_GT(met.late, 1'000U);
    EXPECT_GT(met.cut, 500U);
  }
}

}  // namespace
}  // namespace troupe::durable_test
