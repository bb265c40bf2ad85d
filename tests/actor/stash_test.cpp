// Tests of the stash: messages put aside come back in their order, before the mailbox, to their
// askers' benefit, and survive a restart.

#include <gtest/gtest.h>

#include <stdexcept>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::TestSystem;

struct Work {
  int number;
};
struct Open {};
struct Fail {};
struct StashAndFail {
  int number;
};
struct Name {
  using Reply = std::string;
};

/// Puts everything aside until it is open. After a restart it is closed again.
class Shop : public Actor {
 public:
  using Protocol = Accepts<Work, Open, Fail, StashAndFail, Name>;
  explicit Shop(std::vector<int>* done) : done_(done) {}
  void on(Work work) {
    if (!open_) return stash(work);
    done_->push_back(work.number);
  }
  void on(Open) {
    open_ = true;
    unstash_all();
  }
  void on(Fail) { throw std::runtime_error("broken"); }
  void on(StashAndFail order) {
    stash(Work{order.number});
    throw std::runtime_error("broken");
  }
  std::string on(Name) { return sender() ? sender().path() : "nobody"; }

 private:
  std::vector<int>* done_;
  bool open_ = false;
};

TEST(Stashed, MessagesComeBackInTheirOrderBeforeTheMailbox) {
  std::vector<int> done;
  TestSystem system;
  auto shop = system.spawn<Shop>("shop", &done);
  for (const int i : {1, 2, 3}) shop.tell(Work{i});
  shop.tell(Open{});
  shop.tell(Work{4});
  system.run();
  EXPECT_EQ(done, (std::vector<int>{1, 2, 3, 4}));
}

TEST(Stashed, MessagesSurviveARestartAndTheFailedOneIsNotAmongThem) {
  std::vector<int> done;
  TestSystem system;
  auto shop = system.spawn<Shop>("shop", &done);
  shop.tell(Work{1});
  shop.tell(Fail{});
  shop.tell(Work{2});
  shop.tell(Fail{});
  shop.tell(Open{});
  system.run();
  EXPECT_EQ(done, (std::vector<int>{1, 2}));
  EXPECT_EQ(system.log().lines_with("broken").size(), 2U);
}

TEST(Stashed, AMessageWhoseHandlerFailsAfterwardsIsNot) {
  std::vector<int> done;
  TestSystem system;
  auto shop = system.spawn<Shop>("shop", &done);
  shop.tell(Work{1});
  shop.tell(StashAndFail{7});
  shop.tell(Work{2});
  shop.tell(Open{});
  system.run();
  EXPECT_EQ(done, (std::vector<int>{1, 2}));
  const SystemCounts counts = system.actors().counts();
  EXPECT_EQ(counts.sent, counts.handled + counts.dropped);
}

TEST(Stashed, ARequestWhoseHandlerFailsAfterwardsIsAnsweredWithTheFailure) {
  TestSystem system;
  auto shop = system.spawn("shop", behavior([](Context& self, Name name) -> std::string {
                             self.stash(name);
                             throw std::runtime_error("closed");
                           }));

  const auto answer = shop.ask(Name{}, 1h).get();

  EXPECT_EQ(answer.error().code(), ErrorCode::handler_failed);
  EXPECT_NE(answer.error().context().find("closed"), std::string::npos);
}

TEST(Stashed, ATaskThatFailsTakesBackItsOwnMessageAndNoOther) {
  std::vector<int> done;
  TestSystem system;
  bool open = false;
  auto shop = system.spawn("shop", behavior(
                                       [&](Context& self, Work work) -> Task<void, reentrant> {
                                         if (open) {
                                           done.push_back(work.number);
                                           co_return;
                                         }
                                         self.stash(work);
                                         co_await self.yield();
                                         if (work.number == 1) throw std::runtime_error("broken");
                                       },
                                       [&](Context& self, Open) {
                                         open = true;
                                         self.unstash_all();
                                       }));
  for (const int i : {1, 2}) shop.tell(Work{i});
  system.step();
  system.step();
  system.step();
  shop.tell(Open{});
  system.run();
  EXPECT_EQ(done, (std::vector<int>{2}));
}

TEST(Stashed, MessagesOfABoundedMailboxComeBackWhateverItsRoom) {
  std::vector<int> done;
  TestSystem system;
  auto shop = system.actors().spawn<Shop>("shop", with(bounded(1, Overflow::drop_new)), &done);
  for (const int i : {1, 2, 3}) {
    shop.tell(Work{i});
    system.run();
  }
  shop.tell(Open{});
  system.run();
  EXPECT_EQ(done, (std::vector<int>{1, 2, 3}));
}

TEST(Stashed, MessagesOfABoundedMailboxAreHandledBeforeThoseThatWaitInIt) {
  std::vector<int> done;
  TestSystem system;
  auto shop = system.actors().spawn<Shop>("shop", with(bounded(10, Overflow::drop_new)), &done);
  for (const int i : {1, 2}) shop.tell(Work{i});
  shop.tell(Open{});
  for (const int i : {3, 4}) shop.tell(Work{i});
  system.run();
  EXPECT_EQ(done, (std::vector<int>{1, 2, 3, 4}));
}

TEST(Stashed, MessagesAreLeftByUnstashingNothing) {
  std::vector<int> done;
  TestSystem system;
  auto shop = system.spawn<Shop>("shop", &done);
  shop.tell(Open{});
  shop.tell(Open{});
  EXPECT_EQ(shop.ask(Name{}).get().value(), "nobody");
}

struct Twice {
  using Reply = std::string;
};

TEST(Stashed, AMessageIsOnceHoweverOftenItsHandlerSaysSo) {
  TestSystem system;
  int handled = 0;
  bool is_open = false;
  auto hoarder =
      system.spawn("hoarder", behavior(
                                  [&](Context& self, Twice again) -> Result<std::string> {
                                    ++handled;
                                    if (is_open) return std::string("done");
                                    static_cast<void>(self.stash(again));
                                    return self.stash(again);
                                  },
                                  [&](Context& self, Open) {
                                    is_open = true;
                                    self.unstash_all();
                                  }));
  auto answer = hoarder.ask(Twice{});
  hoarder.tell(Open{});
  system.run();

  EXPECT_EQ(handled, 1);
  const Error error = answer.get().error();
  EXPECT_EQ(error.code(), ErrorCode::handler_failed);
  EXPECT_NE(error.context().find("was done for this one already"), std::string::npos);
  const SystemCounts counts = system.actors().counts();
  EXPECT_EQ(counts.sent, counts.handled + counts.dropped);
}

TEST(Stashed, AMessageCanBeAgainWhenItHasComeBack) {
  std::vector<int> done;
  TestSystem system;
  int tries = 0;
  auto patient = system.spawn("patient", behavior([&](Context& self, Work work) {
                                if (++tries < 5) {
                                  self.stash(work);
                                  return self.unstash_all();
                                }
                                done.push_back(work.number);
                              }));
  patient.tell(Work{1});
  patient.tell(Work{2});
  system.run();

  EXPECT_EQ(done, (std::vector<int>{1, 2}));
}

}  // namespace
}  // namespace troupe
