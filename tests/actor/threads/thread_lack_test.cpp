// Tests of a process that gets no more threads: nothing ends for it, and who needs them hears why.

#include <gtest/gtest.h>

#include <troupe/testkit/recording_log.hpp>
#include <troupe/troupe.hpp>

#include "../no_more_threads.hpp"

namespace troupe {
namespace {

using namespace std::chrono_literals;

struct Who {
  using Reply = int;
};

class Blocker : public Actor {
 public:
  using Protocol = Accepts<Who>;
  int on(Who) { return 1; }
};

TEST(WithoutMoreThreads, AnActorThatBlocksIsServedByAWorkerAndTheLogSaysSo) {
  Platform platform = real_platform(LogLevel::off);
  const auto log = std::make_shared<testkit::RecordingLog>(LogLevel::error);
  platform.log = log;
  ActorSystem system("lack", {.workers = 1}, platform);
  const NoMoreThreads lack;

  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(system.spawn<Blocker>("", with(blocking())).ask(Who{}, 20s).get(), 1);
  }

  ASSERT_EQ(log->lines().size(), 1U) << "one line for all";
  EXPECT_NE(log->lines()[0].text.find("no more threads"), std::string::npos);
}

TEST(WithoutMoreThreads, ActorsThatBlockShareTheThreadsThatThereAre) {
  ActorSystem system("lack", {.workers = 1}, real_platform(LogLevel::off));
  const auto first = system.spawn<Blocker>("first", with(blocking()));
  EXPECT_EQ(first.ask(Who{}, 20s).get(), 1);
  const NoMoreThreads lack;

  const auto second = system.spawn<Blocker>("second", with(blocking()));

  EXPECT_EQ(second.ask(Who{}, 20s).get(), 1);
  EXPECT_EQ(first.ask(Who{}, 20s).get(), 1);
}

TEST(WithoutMoreThreads, AThenAfterATimeOutWaitsForAThreadAndHoldsUpNoTimer) {
  ActorSystem system("lack", {.workers = 1}, real_platform(LogLevel::off));
  const auto silent = system.spawn("silent", behavior([](Context& self, Who) -> Task<int> {
                                     co_await self.sleep(1h);
                                     co_return 1;
                                   }));
  Future<int> last = Future<int>::ready(0);
  {
    const NoMoreThreads lack;
    last = silent.ask(Who{}, 1ms).then([](const Result<int>&) { return 7; });
    EXPECT_EQ(silent.ask(Who{}, 5ms).get().error().code(), ErrorCode::timeout);
    EXPECT_FALSE(last.is_ready());
  }

  EXPECT_EQ(last.get(), 7);
}

TEST(WithoutMoreThreads, ASystemThatCannotStartSaysWhichLimitIsReached) {
  const NoMoreThreads lack;
  try {
    ActorSystem system("lack", {.workers = 2}, real_platform(LogLevel::off));
    FAIL() << "it has no threads";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.error().code(), ErrorCode::limit_reached);
    EXPECT_NE(failure.error().context().find("2 workers"), std::string::npos);
  }
}

}  // namespace
}  // namespace troupe
