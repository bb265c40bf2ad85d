// A node in a process that gets no more threads.
#include <gtest/gtest.h>
#include <pthread.h>

#include <troupe/node/node.hpp>

namespace troupe {
namespace {

/// While it lives the process can start no thread: each would need a stack that no machine has.
class NoMoreThreads {
 public:
  NoMoreThreads() { set_stack(std::size_t{1} << 47); }
  ~NoMoreThreads() { set_stack(std::size_t{8} << 20); }
  NoMoreThreads(const NoMoreThreads&) = delete;
  NoMoreThreads& operator=(const NoMoreThreads&) = delete;

 private:
  static void set_stack(std::size_t size) {
    pthread_attr_t attributes;
    ASSERT_EQ(pthread_attr_init(&attributes), 0);
    ASSERT_EQ(pthread_attr_setstacksize(&attributes, size), 0);
    ASSERT_EQ(pthread_setattr_default_np(&attributes), 0);
    pthread_attr_destroy(&attributes);
  }
};

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
