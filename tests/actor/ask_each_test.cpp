// One request to several actors, and what each of them answers.
#include <troupe/actor/ask_each.hpp>

#include <gtest/gtest.h>

#include "router_actors.hpp"

namespace troupe::router_test {
namespace {

struct AskEach : RouterTest {
  std::vector<ActorRef<Protocol>> workers{spawn_worker("a"), spawn_worker("b"), spawn_worker("c")};
};

std::vector<std::string> paths_of(const Answers<std::string>& answers) {
  std::vector<std::string> paths;
  for (const auto& [from, answer] : answers.all) {
    EXPECT_EQ(from.path(), answer.value_or(""));
    paths.push_back(from.path());
  }
  return paths;
}

TEST_F(AskEach, GivesTheAnswersInTheOrderOfTheRefs) {
  const auto answers = ask_each<WhoAreYou>(workers, {"c"}).get();

  EXPECT_EQ(paths_of(*answers), (std::vector<std::string>{"/user/a", "/user/b", "/user/c"}));
}

TEST_F(AskEach, IsDoneByTheTimeWithTheReasonOfEachThatHasNotAnswered) {
  system.stop(workers[0]);
  system.run();
  auto answers = ask_each<Hold>(workers, {}, 1s);
  const TimePoint began = system.now();

  const auto all = answers.get();

  EXPECT_EQ(system.now() - began, 1s);
  EXPECT_EQ(all->all[0].result.error().code(), ErrorCode::actor_stopped);
  EXPECT_EQ(all->all[1].result.error().code(), ErrorCode::timeout);
  EXPECT_EQ(all->all[2].result.error().code(), ErrorCode::timeout);
}

TEST_F(AskEach, OfNobodyIsDoneAtOnceWithoutAnswers) {
  const auto answers = ask_each<WhoAreYou>(std::vector<ActorRef<Protocol>>(), {"c"});

  EXPECT_TRUE(answers.is_ready());
}

TEST_F(AskEach, OfARouterAsksAllOfItsRouteesWhateverItsStrategy) {
  const auto group_of = [&](RouterStrategy<Protocol> strategy) {
    return system.actors().spawn("", group<Protocol>(workers, std::move(strategy)));
  };

  for (const auto& router : {group_of(round_robin()), group_of(broadcast())}) {
    const auto answers = ask_each<WhoAreYou>(router, {"c"}).get();
    EXPECT_EQ(paths_of(*answers).size(), 3U);
  }
  expect_balanced_books();
}

TEST_F(AskEach, OfARouterGivesEachItsTimeAndIsThenDone) {
  auto pool = spawn_pool({.routees = 2});
  const TimePoint began = system.now();

  const auto answers = ask_each<Hold>(pool, {}, 2s).get();

  EXPECT_EQ(system.now() - began, 2s);
  ASSERT_EQ(answers->all.size(), 2U);
  for (const auto& [from, answer] : answers->all) {
    EXPECT_EQ(answer.error().code(), ErrorCode::timeout) << from.path();
  }
}

TEST_F(AskEach, OfARouterKeepsWhoAsksAsTheSender) {
  auto pool = spawn_pool({.routees = 2});
  auto asker =
      system.spawn("asker", behavior([pool](Context& /*self*/, WhoAsks) -> Task<std::string> {
                     const auto answers = co_await ask_each<WhoAsks>(pool, {}, 1s);
                     co_return answers->all.at(1).result;
                   }));

  EXPECT_EQ(asker.ask(WhoAsks{}).get(), "/user/asker");
}

TEST_F(AskEach, OfARouterWithoutRouteesFailsAsAWhole) {
  auto empty = system.actors().spawn("empty", group<Protocol>({}));

  EXPECT_EQ(ask_each<WhoAreYou>(empty, {"c"}).get().error().code(), ErrorCode::no_such_actor);
}

TEST_F(AskEach, OfAnActorThatIsNoRouterFailsAsAWhole) {
  const ActorRef<Protocol> alone = workers[0];

  EXPECT_EQ(ask_each<WhoAreYou>(alone, {"c"}).get().error().code(), ErrorCode::unknown_type);
  EXPECT_EQ(ask_each<WhoAreYou>(alone, {"c"}, -1s).get().error().code(),
            ErrorCode::invalid_setting);
}

TEST_F(AskEach, OfARouterThatHasEndedFailsAsAWhole) {
  auto router = system.actors().spawn("router", group<Protocol>(workers));
  system.stop(router);
  system.run();

  EXPECT_EQ(ask_each<WhoAreYou>(router, {"c"}, 2s).get().error().code(), ErrorCode::actor_stopped);
}

}  // namespace
}  // namespace troupe::router_test
