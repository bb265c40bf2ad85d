// Tests of many systems, one after the other, in one process: each takes along what it had.

#include <gtest/gtest.h>

#include <malloc.h>
#include <cstddef>
#include <stdexcept>
#include <troupe/actor/runtime/pool.hpp>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>

namespace troupe {
namespace {

using testkit::TestSystem;

struct Question {
  using Reply = int;
};
struct Fail {};

class Worker : public Actor {
 public:
  using Protocol = Accepts<Question, Fail>;
  int on(Question) { return 1; }
  void on(Fail) { throw std::runtime_error("broken"); }
};

/// Of the heap and of the pool, by the whole process.
std::size_t bytes_in_use() { return mallinfo2().uordblks + runtime::pool_stats().reserved_bytes; }

void use(ActorSystem& system) {
  auto worker = system.spawn<Worker>("worker", with(bounded(10, Overflow::reject)));
  worker.tell(Fail{});
  EXPECT_EQ(worker.ask(Question{}).get(), 1);
}

/// What is in use grows by less than any block for each of so many systems, once the first have
/// been.
template <class F>
void expect_nothing_left_by(std::size_t systems, F run_one) {
  for (std::size_t i = 0; i < systems / 10; ++i) run_one();
  const std::size_t before = bytes_in_use();
  for (std::size_t i = 0; i < systems; ++i) run_one();
  EXPECT_LE(bytes_in_use(), before + 16 * systems);
}

TEST(SystemsInARow, LeaveNothingBehindWhereTheyAreStepped) {
  expect_nothing_left_by(10'000, [] {
    TestSystem system;
    use(system.actors());
  });
}

TEST(SystemsInARow, LeaveNothingBehindWhereTheyHaveThreads) {
  expect_nothing_left_by(2'000, [] {
    ActorSystem system("threads", {.workers = 1}, real_platform(LogLevel::off));
    use(system);
  });
}

}  // namespace
}  // namespace troupe
