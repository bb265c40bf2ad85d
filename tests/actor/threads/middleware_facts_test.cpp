// Tests of what middleware is told besides the message: who sent it to whom, how large it came, how
// long it waited, and how long its handler took.

#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <thread>
#include <troupe/actor/middleware.hpp>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/stepped_scheduler.hpp>
#include <troupe/testkit/test_platform.hpp>
#include <vector>

#include "remote_sender.hpp"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using remote_test::Count;
using remote_test::Word;
using testkit::TestSystem;

struct Work {
  int number = 0;
};
struct Sleep {
  using Reply = int;
};
struct FailLater {};
struct Later {};

constexpr Duration task_pause = 1s;

/// Keeps what it was shown.
class Witness final : public Middleware {
 public:
  struct Seen {
    std::string type;
    std::string actor;
    std::string sender;
    std::optional<std::size_t> bytes;
    std::optional<Duration> waited;
  };

  explicit Witness(bool times = true) : times_(times) {}
  [[nodiscard]] bool wants_times() const override { return times_; }
  Pass on_message(MessageView view) override {
    messages.push_back(seen(view));
    return Pass::on;
  }
  void on_reply(MessageView view) override { replies.push_back(seen(view)); }
  void on_handled(const HandledMessage& message) override { handled.push_back(message); }
  void on_lifecycle(const LifecycleEvent& event) override { lives.push_back(event.actor); }

  std::vector<Seen> messages;
  std::vector<Seen> replies;
  std::vector<HandledMessage> handled;
  std::vector<AnyRef> lives;

 private:
  static Seen seen(const MessageView& view) {
    return {std::string(view.type_name()), view.actor().path(),
            view.sender() ? view.sender().path() : "nobody", view.encoded_bytes(), view.waited()};
  }

  bool times_;
};

/// Its handlers take as long as they say.
class Worker : public Actor {
 public:
  using Protocol = Accepts<Work, Word, Count, Sleep, FailLater, Later>;
  explicit Worker(testkit::ManualClock* clock) : clock_(clock) {}
  void on(const Work& work) {
    if (work.number < 0) throw std::runtime_error("broken");
    clock_->advance(std::chrono::milliseconds(work.number));
  }
  void on(const Word& word) {
    if (word.text != "aside" || is_open_) return;
    is_open_ = true;
    stash(word);
    unstash_all();
  }
  int on(const Count& count) { return static_cast<int>(count.text.size()); }
  Task<int> on(Sleep) {
    co_await sleep(task_pause);
    co_return 1;
  }
  Task<> on(FailLater) {
    co_await sleep(task_pause);
    throw std::runtime_error("broken");
  }
  void on(Later) { start_timer("work", after(0ms), Work{2}); }

 private:
  testkit::ManualClock* clock_;
  bool is_open_ = false;
};

struct MiddlewareFacts : remote_test::RemoteMessage {
  RefTo<Worker> spawn(std::shared_ptr<Witness> observer) {
    return system.actors().spawn<Worker>("worker", with(middleware(std::move(observer))),
                                         &system.clock());
  }
  std::shared_ptr<Witness> witness = std::make_shared<Witness>();
};

TEST_F(MiddlewareFacts, SayWhoSentTheMessageAndToWhom) {
  const auto worker = spawn(witness);
  auto customer =
      system.actors().spawn("asker", behavior([worker](Context& context, Sleep) -> Task<int> {
                              auto size = co_await context.ask<Count>(worker, {"four"});
                              co_return std::move(size).value();
                            }));

  EXPECT_EQ(customer.ask(Sleep{}).get(), 4);
  worker.tell(Work{});
  system.run();

  ASSERT_EQ(witness->messages.size(), 2U);
  EXPECT_EQ(witness->messages[0].actor, "/user/worker");
  EXPECT_EQ(witness->messages[0].sender, "/user/asker");
  EXPECT_EQ(witness->messages[1].sender, "nobody");
  ASSERT_EQ(witness->replies.size(), 1U);
  EXPECT_EQ(witness->replies[0].actor, "/user/worker");
  EXPECT_EQ(witness->replies[0].sender, "/user/asker");
  EXPECT_EQ(witness->handled[0].sender, AnyRef(customer));
  EXPECT_EQ(witness->lives.at(0), AnyRef(worker));
}

TEST_F(MiddlewareFacts, SayHowManyBytesAMessageFromAnotherNodeHadAndNothingOfAnother) {
  const auto worker = spawn(witness);
  wire::Writer bytes;
  wire::encode(bytes, Word{"aside"});

  receive(worker, Word{"aside"});
  worker.tell(Word{"here"});
  system.run();

  ASSERT_EQ(witness->messages.size(), 3U);
  EXPECT_EQ(witness->messages[0].bytes, bytes.bytes().size());
  EXPECT_EQ(witness->messages[0].sender, "troupe://there@host:1/user/9");
  EXPECT_EQ(witness->messages[1].bytes, std::nullopt) << "it comes from the stash";
  EXPECT_EQ(witness->messages[2].bytes, std::nullopt) << "it was never encoded";
  EXPECT_EQ(witness->handled.at(0).encoded_bytes, bytes.bytes().size());
}

TEST_F(MiddlewareFacts, SayHowLongAMessageWaited) {
  for (const bool in_bound : {false, true}) {
    const auto observer = std::make_shared<Witness>();
    auto options = in_bound ? with(middleware(observer), bounded(2, Overflow::drop_oldest))
                            : with(middleware(observer));
    auto worker = system.actors().spawn<Worker>({}, std::move(options), &system.clock());
    worker.tell(Work{});
    if (in_bound) worker.tell(Work{});
    system.advance(2ms);
    receive(worker, Word{"word"});
    system.advance(3ms);
    system.run();

    ASSERT_EQ(observer->messages.size(), 2U);
    EXPECT_EQ(observer->messages[0].waited, 5ms);
    EXPECT_EQ(observer->messages[1].waited, 3ms);
    EXPECT_EQ(observer->handled.at(1).waited, 3ms);
  }
}

TEST_F(MiddlewareFacts, SayNothingOfTheWaitOfWhatNobodySentOrComesAgain) {
  const auto worker = spawn(witness);
  worker.tell(Word{"aside"});
  worker.tell(Later{});
  system.run_for(10ms);

  ASSERT_EQ(witness->messages.size(), 4U);
  EXPECT_EQ(witness->messages[0].waited, 0ms);
  EXPECT_EQ(witness->messages[1].waited, std::nullopt);
  EXPECT_EQ(witness->messages[2].waited, 0ms);
  EXPECT_EQ(witness->messages[3].waited, std::nullopt);
  EXPECT_EQ(witness->handled.at(3).took, 2ms);
}

TEST_F(MiddlewareFacts, SayHowLongAHandlerTook) {
  const auto worker = spawn(witness);
  worker.tell(Work{7});
  worker.tell(Work{0});
  system.run();

  ASSERT_EQ(witness->handled.size(), 2U);
  EXPECT_EQ(witness->handled[0].took, 7ms);
  EXPECT_FALSE(witness->handled[0].failed);
  EXPECT_EQ(witness->handled[0].type_name, witness->messages[0].type);
  EXPECT_EQ(witness->handled[0].actor, AnyRef(worker));
  EXPECT_EQ(witness->handled[1].waited, 7ms);
  EXPECT_EQ(witness->handled[1].took, 0ms);
}

TEST_F(MiddlewareFacts, SayHowLongATaskTookOnceItHasEnded) {
  const auto worker = spawn(witness);
  auto answer = worker.ask(Sleep{});
  system.run_for(500ms);
  EXPECT_TRUE(witness->handled.empty());

  EXPECT_EQ(answer.get(), 1);

  ASSERT_EQ(witness->handled.size(), 1U);
  EXPECT_GE(witness->handled[0].took, 1s);
  EXPECT_LE(witness->handled[0].took, 1s + 17ms);
}

TEST_F(MiddlewareFacts, SayThatAHandlerHasThrown) {
  const auto worker = spawn(witness);
  worker.tell(Work{-1});
  worker.tell(FailLater{});
  worker.tell(Work{1});
  system.run_for(2s);

  ASSERT_EQ(witness->handled.size(), 3U);
  EXPECT_TRUE(witness->handled[0].failed);
  EXPECT_TRUE(witness->handled[1].failed);
  EXPECT_GE(witness->handled[1].took, 1s);
  EXPECT_FALSE(witness->handled[2].failed);
}

TEST_F(MiddlewareFacts, SayNothingOfATaskThatWasDestroyed) {
  const auto worker = spawn(witness);
  auto answer = worker.ask(Sleep{});
  system.run();
  system.stop(worker);
  system.run_for(2s);

  EXPECT_TRUE(answer.get().error().code() == ErrorCode::actor_stopped);
  EXPECT_TRUE(witness->handled.empty());
}

TEST_F(MiddlewareFacts, HaveNoTimesWhereNoLinkWantsThem) {
  const auto observer = std::make_shared<Witness>(false);
  const auto worker = spawn(observer);
  worker.tell(Work{});
  system.run();

  EXPECT_EQ(observer->messages.at(0).waited, std::nullopt);
  EXPECT_TRUE(observer->handled.empty());
}

TEST_F(MiddlewareFacts, ComeToEveryLinkWhereOneWantsThem) {
  const auto other = std::make_shared<Witness>(false);
  auto worker =
      system.actors().spawn<Worker>("worker", with(middleware(other, witness)), &system.clock());
  worker.tell(Work{3});
  system.run();

  EXPECT_EQ(other->messages.at(0).waited, 0ms);
  EXPECT_EQ(other->handled.at(0).took, 3ms);
}

TEST_F(MiddlewareFacts, LeaveTheBooksBalancedWhereMessagesAreDropped) {
  const auto worker = spawn(witness);
  worker.tell(Work{});
  auto expired = worker.ask(Count{"late"}, 1ms);
  system.advance(5s);
  system.run();
  worker.tell(Work{});
  receive(worker, Word{"word"});
  system.kill(worker);
  system.run();
  worker.tell(Work{});

  EXPECT_EQ(witness->messages.size(), 1U);
  EXPECT_FALSE(expired.get().ok());
  EXPECT_EQ(system.actors().counts().dropped, 4U);
  expect_balanced_books();
}

/// Writes down the order of the numbers.
class Line : public Actor {
 public:
  using Protocol = Accepts<Work>;
  explicit Line(std::vector<int>* numbers) : numbers_(numbers) {}
  void on(Work work) { numbers_->push_back(work.number); }

 private:
  std::vector<int>* numbers_;
};

TEST(MiddlewareFactsOfThreads, LeaveMessagesInTheOrderOfTheirSenders) {
  constexpr int each = 2'000;
  std::vector<int> numbers;
  const auto witness = std::make_shared<Witness>();
  {
    ActorSystem system("line", {.workers = 1}, real_platform(LogLevel::off));
    auto line = system.spawn<Line>("line", with(middleware(witness)), &numbers);
    std::vector<std::thread> senders;
    for (int sender = 0; sender < 2; ++sender) {
      senders.emplace_back([line, sender] {
        for (int i = 0; i < each; ++i) line.tell(Work{2 * i + sender});
      });
    }
    for (std::thread& sender : senders) sender.join();
    system.drain(line);
    static_cast<void>(system.stopped(line).get());
  }

  ASSERT_EQ(numbers.size(), 2U * each);
  int next[2] = {0, 1};
  for (const int number : numbers) {
    EXPECT_EQ(number, next[number % 2]);
    next[number % 2] += 2;
  }
  for (const auto& message : witness->messages) EXPECT_TRUE(message.waited.has_value());
}

}  // namespace
}  // namespace troupe
