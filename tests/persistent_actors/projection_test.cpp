#include <gtest/gtest.h>

#include <troupe/persistence/persistent_actor.hpp>
#include <troupe/persistence/projection.hpp>

#include "faulty_journals.hpp"

namespace troupe::persistent_test {
namespace {

using namespace std::chrono_literals;

struct Sold {
  static constexpr std::string_view wire_name = "test.Sold";
  static constexpr std::string_view tag = "sales";
  int cents = 0;
};
/// Without a tag.
struct Moved {
  static constexpr std::string_view wire_name = "test.Moved";
};
struct Total {
  static constexpr std::string_view wire_name = "test.Total";
  int cents = 0;
  void apply(const Sold& event) { cents += event.cents; }
  void apply(const Moved&) {}
};
struct Sell {
  static constexpr std::string_view wire_name = "test.Sell";
  int cents = 0;
};
struct GetTotal {
  static constexpr std::string_view wire_name = "test.GetTotal";
  using Reply = int;
};

class Shop : public Persistent<Total, Sold, Moved> {
 public:
  using Protocol = Accepts<Sell>;
  explicit Shop(const std::string& name) : Persistent("shop-" + name, {.snapshot_every = 0}) {}
  Task<> on(Sell order) { return persist(Moved{}, Sold{order.cents}).then(); }
};

struct Turnover {
  static constexpr std::string_view wire_name = "test.Turnover";
  int cents = 0;
  std::vector<std::string> from = {};
  void apply(const Sold& event, const EventOrigin& origin) {
    cents += event.cents;
    from.push_back(std::string(origin.persistence_id) + " " + std::to_string(origin.number));
  }
};
struct GetOrigins {
  static constexpr std::string_view wire_name = "test.GetOrigins";
  using Reply = std::vector<std::string>;
};

class TurnoverActor : public Projection<Turnover, Sold> {
 public:
  using Protocol = Accepts<GetTotal, GetOrigins>;
  using Private = Accepts<Project>;
  using Projection::on;
  explicit TurnoverActor(const std::string& id) : Projection(id, "sales") {}
  int on(GetTotal) const { return state().cents; }
  std::vector<std::string> on(GetOrigins) const { return state().from; }
};

class Projections : public PersistentTest {
 protected:
  RefTo<TurnoverActor> spawn(const std::string& id = "turnover") {
    return actors().spawn<TurnoverActor>(id, id);
  }
  int total(const RefTo<TurnoverActor>& turnover) { return turnover.ask(GetTotal{}).get().value(); }
  void sell(const std::string& shop, int cents) {
    auto found = actors().try_select<Shop>("/user/" + shop);
    (found.ok() ? *found : actors().spawn<Shop>(shop, shop)).tell(Sell{cents});
    system().run();
  }
};

TEST_F(Projections, ReadTheEventsWithTheirTagOfAllActors) {
  sell("a", 1);
  sell("b", 20);
  sell("a", 300);
  const auto turnover = spawn();
  system().run_for(2s);
  EXPECT_EQ(total(turnover), 321);
  EXPECT_EQ(turnover.ask(GetOrigins{}).get().value(),
            (std::vector<std::string>{"shop-a 2", "shop-b 2", "shop-a 4"}));

  sell("b", 4'000);
  system().run_for(2s);
  EXPECT_EQ(total(turnover), 4'321);
}

TEST_F(Projections, CountEachEventOnceAcrossLivesAndLostAnswers) {
  const auto turnover = spawn();
  sell("a", 1);
  storage_->loses = 1;
  system().run_for(5s);
  EXPECT_EQ(total(turnover), 1);
  restart();
  sell("a", 2);
  const auto again = spawn();
  system().run_for(2s);
  EXPECT_EQ(total(again), 3);
}

TEST_F(Projections, BeginAtTheFirstEventUnderAnotherId) {
  sell("a", 1);
  const auto turnover = spawn();
  system().run_for(2s);
  const auto anew = spawn("turnover-2");
  system().run_for(2s);
  EXPECT_EQ(total(turnover), 1);
  EXPECT_EQ(total(anew), 1);
}

TEST_F(Projections, WriteNothingWhereThereIsNothingNew) {
  sell("a", 1);
  spawn();
  system().run_for(2s);
  const std::uint64_t last = journal("turnover").last;
  system().run_for(10s);
  EXPECT_EQ(journal("turnover").last, last);
  EXPECT_EQ(journal("turnover").first, last);
}

TEST_F(Projections, WaitForStorageThatIsAway) {
  const auto turnover = spawn();
  system().run_for(2s);
  sell("a", 1);
  storage_->is_away = true;
  system().run_for(10s);
  storage_->is_away = false;
  system().run_for(2s);
  EXPECT_EQ(total(turnover), 1);
}

/// Knows less than what has the tag.
class Narrow : public Projection<Turnover, Sold> {
 public:
  using Protocol = Accepts<GetTotal>;
  using Private = Accepts<Project>;
  using Projection::on;
  Narrow() : Projection("narrow", "sales") {}
  int on(GetTotal) const { return state().cents; }
};
struct Refunded {
  static constexpr std::string_view wire_name = "test.Refunded";
  static constexpr std::string_view tag = "sales";
  int cents = 0;
};
struct Refunds {
  static constexpr std::string_view wire_name = "test.Refunds";
  int cents = 0;
  void apply(const Refunded& event) { cents += event.cents; }
};
class Desk : public Persistent<Refunds, Refunded> {
 public:
  using Protocol = Accepts<Sell>;
  Desk() : Persistent("desk") {}
  Task<> on(Sell order) { return persist(Refunded{order.cents}).then(); }
};

TEST_F(Projections, EndAtAnEventWithTheirTagThatTheyDoNotKnow) {
  actors().spawn<Desk>("desk").tell(Sell{1});
  const auto narrow = actors().spawn<Narrow>("narrow");
  system().run_for(2s);

  EXPECT_FALSE(narrow.try_tell(GetTotal{}).ok());
  EXPECT_TRUE(has_logged({"narrow", "event 1", "desk", "test.Refunded"}));
}

}  // namespace
}  // namespace troupe::persistent_test
