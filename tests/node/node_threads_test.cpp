// A node in a process that gets no more threads.
#include <gtest/gtest.h>

#include <troupe/node/node.hpp>

#include "../no_more_threads.hpp"

namespace troupe {
namespace {

TEST(NodeThreads, ANodeThatCannotBeMadeForWantOfThemSaysSo) {
  {
    const NoMoreThreads lack;
    try {
      const Node node({.name = "lack", .listen = "127.0.0.1:0"}, real_platform(LogLevel::off));
      ADD_FAILURE() << "made without a thread";
    } catch (const Failure& failure) {
      EXPECT_EQ(failure.error().code(), ErrorCode::limit_reached);
      EXPECT_NE(failure.error().context().find("thread"), std::string::npos)
          << failure.error().context();
    }
  }
  const Node later({.name = "later", .listen = "127.0.0.1:0"}, real_platform(LogLevel::off));
}

}  // namespace
}  // namespace troupe
