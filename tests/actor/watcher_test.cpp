// Tests of those who watch: without a handler, at their own end, and with very much to watch.

#include <gtest/gtest.h>

#include <string>
#include <troupe/testkit/test_system.hpp>
#include <vector>

#include "death_watch_actors.hpp"

namespace troupe::death_watch_test {
namespace {

using testkit::TestSystem;

class Unprepared : public Actor {
 public:
  using Protocol = Accepts<Watch, Ends>;
  explicit Unprepared(std::vector<std::string>* errors) : errors_(errors) {}
  void after_restart(const Error& error) override { errors_->push_back(error.to_string()); }
  void on(Watch order) { watch(order.target); }
  int on(Ends) const { return 0; }

 private:
  std::vector<std::string>* errors_;
};

TEST(Watcher, WithoutAHandlerFailsWhenATerminatedComes) {
  std::vector<std::string> errors;
  TestSystem system;
  auto watcher = system.spawn<Unprepared>("watcher", &errors);
  auto mortal = system.spawn<Mortal>("mortal");
  watcher.tell(Watch{mortal});
  system.run();

  system.stop(mortal);
  system.run();

  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0],
            "handler_failed: troupe::Failure: handler_failed: watches /user/mortal, which ended, "
            "but has no handler on(troupe::Terminated)");
  EXPECT_TRUE(watcher.ask(Ends{}).get().ok());
}

TEST(Watcher, ThatHasEndedIsToldNothing) {
  TestSystem system;
  auto watcher = system.spawn<Watcher>("watcher");
  auto mortal = system.spawn<Mortal>("mortal");
  watcher.tell(Watch{mortal});
  system.run();
  system.stop(watcher);
  system.run();

  system.stop(mortal);
  system.run();

  EXPECT_EQ(system.actors().dead_letters().total(), 0U);
}

TEST(Watcher, MayWatchItself) {
  TestSystem system;
  auto watcher = system.spawn<Watcher>("watcher");
  watcher.tell(Watch{watcher});
  system.run();

  system.stop(watcher);
  system.run();

  EXPECT_FALSE(system.actors().try_find_any("/user/watcher").ok());
  EXPECT_EQ(system.actors().dead_letters().total(), 0U);
}

TEST(Watcher, OfTenThousandActorsHearsTenThousandTimes) {
  TestSystem system;
  auto watcher = system.spawn<Watcher>("watcher");
  std::vector<AnyRef> mortals;
  for (int i = 0; i < 10'000; ++i) {
    mortals.push_back(system.spawn<Mortal>());
    watcher.tell(Watch{mortals.back()});
  }
  system.run();

  for (const AnyRef& mortal : mortals) system.stop(mortal);
  system.run();

  EXPECT_EQ(watcher.ask(Ends{}).get().value(), 10'000);
}

}  // namespace
}  // namespace troupe::death_watch_test
