// Tests of actors in a library with hidden visibility: it has no state of the runtime's of its own.

#include <gtest/gtest.h>

#include <troupe/testkit/test_system.hpp>

#include "hidden_actors.hpp"

namespace troupe {
namespace {

TEST(ActorsOfALibraryWithHiddenVisibility, DoAllThatOthersDo) {
  ActorSystem system("threads", {.workers = 2}, real_platform(LogLevel::off));
  EXPECT_EQ(hidden::run_actors(system), "7 for /user/asker, then 9");

  testkit::TestSystem stepped;
  EXPECT_EQ(hidden::run_actors(stepped.actors()), "7 for /user/asker, then 9");
  const SystemCounts counts = stepped.actors().counts();
  EXPECT_EQ(counts.sent, counts.handled);
}

}  // namespace
}  // namespace troupe
