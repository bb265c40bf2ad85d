// Tests of messages that an actor sends itself: those that are private to it, and those of timers
// and pipes that it does not handle.

#include <gtest/gtest.h>

#include <algorithm>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>
#include <utility>

namespace troupe::private_message_test {
namespace {

using namespace std::chrono_literals;
using testkit::TestSystem;

struct Tick {
  static constexpr bool local_message = true;
};
struct Loaded {
  static constexpr bool local_message = true;
  int number = 0;
};
struct Question {
  using Reply = int;
  int number = 0;
};
struct Begin {};
struct Seen {
  using Reply = int;
};

class Loader : public Actor {
 public:
  using Protocol = Accepts<Begin, Seen>;
  using Private = Accepts<Tick, Loaded, Question>;
  void on(Begin) {
    start_timer("tick", after(1s), Tick{});
    pipe(Future<int>::ready(10), [](Result<int> number) { return Loaded{*number}; });
    self().tell(Loaded{100});
  }
  void on(Tick tick) {
    if (!std::exchange(put_aside_, true)) {
      stash(tick);
      return unstash_all();
    }
    ++seen_;
  }
  void on(Loaded loaded) { seen_ += loaded.number; }
  int on(Question question) { return question.number; }
  int on(Seen) { return seen_; }

 private:
  int seen_ = 0;
  bool put_aside_ = false;
};

TEST(PrivateMessages, AreTakenFromTheActorItselfAlsoOutOfItsStash) {
  TestSystem system;
  const auto loader = system.spawn<Loader>();
  loader.tell(Begin{});
  system.run_for(2s);
  EXPECT_EQ(*loader.ask(Seen{}).get(), 111);
  EXPECT_EQ(system.actors().dead_letters().total(), 0u);
}

class Stranger : public Actor {
 public:
  using Protocol = Accepts<Begin>;
  explicit Stranger(AnyRef to) : to_(to) {}
  void on(Begin) { to_.tell(Loaded{1000}); }

 private:
  AnyRef to_;
};

TEST(PrivateMessages, AreOfAnUnknownTypeFromAnybodyElse) {
  TestSystem system;
  const auto loader = system.spawn<Loader>();
  const AnyRef any = loader;
  any.tell(Loaded{1000});
  system.spawn<Stranger>("stranger", any).tell(Begin{});
  auto answer = any.ask(Question{5});
  system.run();
  EXPECT_EQ(*loader.ask(Seen{}).get(), 0);
  EXPECT_EQ(answer.get().error().code(), ErrorCode::unknown_type);
  EXPECT_EQ(system.actors().dead_letters().count(ErrorCode::unknown_type), 3u);
}

TEST(PrivateMessages, AreNotOfTheProtocol) {
  static_assert(!AcceptedBy<Loaded, Loader::Protocol>);
  static_assert(AcceptedBy<Begin, Loader::Protocol>);
}

class Forgetful : public Actor {
 public:
  using Protocol = Accepts<Begin>;
  void on(Begin) {
    start_timer("once", after(1s), Tick{});
    pipe(Future<int>::ready(1), [](Result<int>) { return Loaded{}; });
    set_receive_timeout(10s);
  }
};

TEST(UnhandledTimers, EndAsDeadLettersAndInTheLog) {
  TestSystem system;
  const auto forgetful = system.spawn<Forgetful>("forgetful");
  forgetful.tell(Begin{});
  system.run_for(11s);
  const auto letters = system.actors().dead_letters().recent();
  ASSERT_EQ(letters.size(), 3u);
  for (const DeadLetter& letter : letters) {
    EXPECT_EQ(letter.reason, ErrorCode::unknown_type);
    EXPECT_EQ(letter.target, "/user/forgetful");
    EXPECT_EQ(letter.sender, "/user/forgetful");
  }
  EXPECT_TRUE(std::ranges::any_of(system.log_lines(), [](const testkit::LogLine& line) {
    return line.text.find("Tick") != std::string::npos;
  }));
  const auto counts = system.actors().counts();
  EXPECT_EQ(counts.sent, counts.handled + counts.dropped);
}

/// Puts requests aside until it is told to begin.
class Shop : public Actor {
 public:
  using Protocol = Accepts<Begin, Question, Seen>;
  void on(Begin) {
    open_ = true;
    unstash_all();
  }
  Result<int> on(Question question) {
    if (!open_) return stash(question);
    return question.number;
  }
  Task<int> on(Seen seen) {
    if (!open_) co_return stash(seen);
    co_return 1;
  }

 private:
  bool open_ = false;
};

TEST(Stashed, RequestsNeedNoAnswerThatIsMadeUp) {
  TestSystem system;
  const auto shop = system.spawn<Shop>();
  auto question = shop.ask(Question{7});
  auto seen = shop.ask(Seen{});
  shop.tell(Question{8});
  system.run();
  EXPECT_FALSE(question.is_ready());
  EXPECT_FALSE(seen.is_ready());
  shop.tell(Begin{});
  system.run();
  EXPECT_EQ(*question.get(), 7);
  EXPECT_EQ(*seen.get(), 1);
}

}  // namespace
}  // namespace troupe::private_message_test
