// Tests of pools: their routees are replaced, and a pool that has lost them all is no black hole.

#include <troupe/testkit/probe.hpp>

#include "router_actors.hpp"

namespace troupe::router_test {
namespace {

struct PoolOfRoutees : RouterTest {};

TEST_F(PoolOfRoutees, ARouteeThatIsStoppedIsReplacedUnderItsName) {
  auto workers = spawn_pool({.routees = 2});
  const auto old = routee(1);

  system.stop(old);
  system.run();

  EXPECT_NE(routee(1), old);
  for (int i = 0; i < 4; ++i) workers.tell(Job{"c"});
  system.run();
  EXPECT_EQ(seen_by(1), 2U);
  EXPECT_EQ(seen_by(2), 2U);
}

TEST_F(PoolOfRoutees, ARouteeThatFailsIsMetBySupervision) {
  auto workers = spawn_pool({.routees = 2, .supervision = one_for_one({.restarts = 1})});
  const auto worker = routee(1);
  worker.tell(Fail{});
  system.run();
  EXPECT_EQ(routee(1), worker);

  worker.tell(Fail{});
  system.run();

  EXPECT_FALSE(system.actors().try_find_any("/user/pool/1").ok());
  EXPECT_EQ(workers.ask(WhoAreYou{}).get().value(), "/user/pool/2");
  EXPECT_TRUE(logged("/user/pool/1 failed and is not replaced; 1 of 2 routees are left"));
}

TEST_F(PoolOfRoutees, ManyRouteesThatAreLostTogetherAreAFewLinesWithTheirNumber) {
  constexpr std::size_t routees = 10'000;
  spawn_pool({.routees = routees, .supervision = one_for_one({.restarts = 0})});
  system.run();
  const std::size_t before = system.log_lines().size();
  for (std::size_t number = 2; number <= routees; ++number) {
    routee(static_cast<int>(number)).tell(Fail{});
  }

  system.run_for(10s);

  EXPECT_TRUE(logged(" failed and is not replaced; 9999 of 10000 routees are left"));
  EXPECT_TRUE(logged("9998 routees are lost; the last: /user/pool/"));
  EXPECT_TRUE(logged(" failed and is not replaced; 1 of 10000 routees are left"));
  EXPECT_LE(system.log_lines().size() - before, 30U) << "20 of them are those of failures";
}

TEST_F(PoolOfRoutees, ManyThatAreKilledTogetherUntilNoneIsLeftAreAFewLinesAndTheFailureOfThePool) {
  constexpr std::size_t routees = 10'000;
  spawn_pool({.routees = routees, .supervision = one_for_one({.restarts = 0})});
  system.run();
  const std::size_t before = system.log_lines().size();
  for (std::size_t number = 1; number <= routees; ++number) {
    system.kill(routee(static_cast<int>(number)));
  }

  system.run();

  EXPECT_TRUE(logged(" ended too often and is not replaced; 0 of 10000 routees are left"));
  EXPECT_TRUE(logged("the pool has lost all its routees"));
  EXPECT_LE(system.log_lines().size() - before, 30U);
}

TEST_F(PoolOfRoutees, ThoseThatAreLostOneAfterTheOtherAreALineEach) {
  spawn_pool({.routees = 4, .supervision = one_for_one({.restarts = 0})});
  for (int number = 1; number <= 3; ++number) {
    system.kill(routee(number));
    system.run_for(2s);
  }

  EXPECT_EQ(system.log().lines_with("is not replaced").size(), 3U);
  EXPECT_EQ(system.log().lines_with("routees are lost").size(), 0U);
}

TEST_F(PoolOfRoutees, ARouteeThatStopsAfterEachMessageIsReplacedForEver) {
  auto workers = spawn_pool({.routees = 2,
                             .supervision = one_for_one({.restarts = 2, .within = 60s}),
                             .options = with(after_one_message())});
  for (int i = 0; i < 100; ++i) {
    workers.tell(Job{"c"});
    system.run();
  }

  EXPECT_EQ(seen_by(1) + seen_by(2), 100U);
  EXPECT_FALSE(logged("is not replaced"));
}

TEST_F(PoolOfRoutees, ARouteeThatStopsWhenItIsIdleIsReplacedForEver) {
  spawn_pool({.routees = 1,
              .supervision = one_for_one({.restarts = 2, .within = 60s}),
              .options = with(stop_after_idle(1s))});

  system.run_for(30s);

  EXPECT_TRUE(system.actors().try_find_any("/user/pool/1").ok());
  EXPECT_FALSE(logged("is not replaced"));
}

TEST_F(PoolOfRoutees, ARouteeThatIsStoppedWhileItIsUsedIsReplacedForEver) {
  auto workers = spawn_pool({.routees = 1, .supervision = one_for_one({.restarts = 2})});
  for (int i = 0; i < 10; ++i) {
    workers.tell(Job{"c"});
    system.run();
    system.stop(routee(1));
    system.run();
  }

  EXPECT_EQ(seen_by(1), 10U);
  EXPECT_FALSE(logged("is not replaced"));
}

TEST_F(PoolOfRoutees, ARouteeThatIsKilledIsReplacedNoMoreOftenThanTheLimitSays) {
  spawn_pool({.routees = 2, .supervision = one_for_one({.restarts = 2, .within = 60s})});
  for (int i = 0; i < 3; ++i) {
    system.run_for(1s);
    system.actors().kill(routee(1));
    system.run();
  }

  EXPECT_TRUE(logged("/user/pool/1 ended too often and is not replaced"));
}

TEST_F(PoolOfRoutees, ARouteeThatStopsAtOnceIsReplacedNoMoreOftenThanTheLimitSays) {
  spawn_pool({.routees = 2, .supervision = one_for_one({.restarts = 2, .within = 60s})});
  for (int i = 0; i < 2; ++i) {
    system.stop(routee(1));
    system.run();
  }

  system.stop(routee(1));
  system.run();

  EXPECT_FALSE(system.actors().try_find_any("/user/pool/1").ok());
  EXPECT_TRUE(logged("/user/pool/1 ended too often and is not replaced"));
}

TEST_F(PoolOfRoutees, APoolKeepsItsRouteesHoweverManyMessagesFail) {
  auto workers = spawn_pool({.routees = 2});
  for (int i = 0; i < 500; ++i) workers.tell(Fail{});
  system.run_for(60s);

  EXPECT_EQ(workers.ask(WhoAreYou{}).get().value(), "/user/pool/1");
  EXPECT_EQ(workers.ask(WhoAreYou{}).get().value(), "/user/pool/2");
  EXPECT_EQ(system.actors().dead_letters().total(), 0U);
}

TEST_F(PoolOfRoutees, APoolThatHasLostItsRouteesIsMadeAnewByItsSupervisor) {
  auto workers = spawn_pool({.routees = 2, .supervision = one_for_one({.restarts = 0})});
  const auto old = routee(1);
  for (int i = 0; i < 2; ++i) workers.tell(Fail{});
  system.run();

  EXPECT_NE(routee(1), old);
  EXPECT_EQ(workers.ask(WhoAreYou{}).get().value(), "/user/pool/1");
}

TEST_F(PoolOfRoutees, APoolThatLosesItsRouteesAgainAndAgainEndsAndItsWatchersHear) {
  auto workers = spawn_pool({.routees = 2, .supervision = one_for_one({.restarts = 0})});
  testkit::Probe probe(system, "probe");
  probe.watch(workers);
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 2; ++j) workers.tell(Fail{});
    system.run();
  }

  EXPECT_EQ(probe.expect<Terminated>().reason, StopReason::failed);
  EXPECT_EQ(workers.ask(WhoAreYou{}).get().error().code(), ErrorCode::actor_stopped);
}

TEST_F(PoolOfRoutees, ThePoolTakesItsRouteesWithIt) {
  system.stop(spawn_pool({.routees = 3}));
  system.run();

  EXPECT_FALSE(system.actors().try_find_any("/user/pool/1").ok());
  EXPECT_FALSE(system.actors().try_find_any("/user/pool").ok());
}

TEST_F(PoolOfRoutees, APoolWithoutRouteesIsRefused) {
  EXPECT_THROW(spawn_pool({.routees = 0}), Failure);
}

}  // namespace
}  // namespace troupe::router_test
