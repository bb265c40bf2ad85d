// Tests of what a worker runs next. Threads are the point here; each wait has a deadline that only
// a hang reaches.

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <troupe/actor/actor_system.hpp>
#include <utility>

namespace troupe {
namespace {

using namespace std::chrono_literals;

struct Hello {};

struct Hit {
  static constexpr bool local_message = true;
  AnyRef from;
};

class Newcomer : public Actor {
 public:
  using Protocol = Accepts<Hello>;
  explicit Newcomer(std::promise<void>* ran) : ran_(ran) {}
  void on(Hello) { ran_->set_value(); }

 private:
  std::promise<void>* ran_;
};

/// Plays for ever, and begins by making an actor.
class Player : public Actor {
 public:
  using Protocol = Accepts<Hit>;
  explicit Player(std::promise<void>* ran) : ran_(ran) {}
  void on(Hit hit) {
    if (ran_ != nullptr) spawn<Newcomer>("", std::exchange(ran_, nullptr)).tell(Hello{});
    hit.from.tell(Hit{self()});
  }

 private:
  std::promise<void>* ran_;
};

TEST(AnActorThatNeverRan, RunsThoughOthersWakeEachOtherForEver) {
  std::promise<void> ran;
  ActorSystem system("newcomer", {.workers = 1}, real_platform(LogLevel::off));
  const auto first = system.spawn<Player>("first", nullptr);
  const auto second = system.spawn<Player>("second", &ran);

  first.tell(Hit{second});

  EXPECT_EQ(ran.get_future().wait_for(30s), std::future_status::ready);
}

}  // namespace
}  // namespace troupe
