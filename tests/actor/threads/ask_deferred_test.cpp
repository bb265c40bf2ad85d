#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>
#include <vector>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::Probe;
using testkit::TestSystem;

struct Lookup {
  using Reply = int;
  std::string key;
};
struct Release {
  int value;
};
struct Drop {};
struct Hand {
  using Reply = int;
};

/// Owes all its answers.
class Debtor : public Actor {
 public:
  using Protocol = Accepts<Lookup, Release, Drop>;
  Later<int> on(const Lookup&) {
    auto [reply, later] = defer<int>();
    owed_.push_back(std::move(reply));
    return later;
  }
  void on(Release release) {
    for (auto& reply : owed_) reply.set(release.value);
  }
  void on(Drop) { owed_.clear(); }

 private:
  std::vector<ReplyTo<int>> owed_;
};

TEST(Defer, AnswersLaterWhileOtherMessagesAreHandled) {
  TestSystem system;
  auto debtor = system.spawn<Debtor>("debtor");
  auto first = debtor.ask(Lookup{"a"});
  auto second = debtor.ask(Lookup{"b"});
  system.run();
  EXPECT_FALSE(first.is_ready());

  debtor.tell(Release{5});

  EXPECT_EQ(first.get().value(), 5);
  EXPECT_EQ(second.get().value(), 5);
}

TEST(Defer, AnswersOnceHoweverOftenItIsSet) {
  TestSystem system;
  auto debtor = system.spawn<Debtor>("debtor");
  auto answer = debtor.ask(Lookup{"a"});
  debtor.tell(Release{1});
  debtor.tell(Release{2});
  system.run();

  EXPECT_EQ(answer.get().value(), 1);
  EXPECT_EQ(system.actors().counts().late_replies, 0U);
}

TEST(Defer, WhoseReplyIsDroppedFailsTheAskAsCancelled) {
  TestSystem system;
  auto debtor = system.spawn<Debtor>("debtor");
  auto answer = debtor.ask(Lookup{"a"});
  debtor.tell(Drop{});

  EXPECT_EQ(answer.get().error().code(), ErrorCode::cancelled);
}

TEST(Defer, NeverSaysThatTheRequestWasNotExecuted) {
  TestSystem system;
  auto actor = system.spawn("actor", behavior([](Context& self, Hand) {
                              auto [reply, later] = self.defer<int>();
                              reply.set(Error(ErrorCode::refused, "", Execution::not_executed));
                              return later;
                            }));

  EXPECT_FALSE(actor.ask(Hand{}).get().error().definitely_not_executed());
}

TEST(Defer, InAHandlerThatThrowsFailsTheAskWithWhatWasThrown) {
  TestSystem system;
  auto actor = system.spawn("actor", behavior([](Context& self, Hand) -> Later<int> {
                              auto [reply, later] = self.defer<int>();
                              throw std::runtime_error("out of ink");
                            }));

  const auto answer = actor.ask(Hand{}).get();

  EXPECT_EQ(answer.error().code(), ErrorCode::handler_failed);
  EXPECT_NE(answer.error().context().find("out of ink"), std::string::npos);
}

TEST(Defer, WhoseReplyIsKeptByAHandlerThatThrowsStillOwesTheAnswer) {
  TestSystem system;
  std::optional<ReplyTo<int>> kept;
  auto actor = system.spawn("actor", behavior([&kept](Context& self, Hand) -> Later<int> {
                              auto [reply, later] = self.defer<int>();
                              kept.emplace(std::move(reply));
                              throw std::runtime_error("out of ink");
                            }));
  auto answer = actor.ask(Hand{});
  system.run();
  EXPECT_FALSE(answer.is_ready());

  kept->set(3);

  EXPECT_EQ(answer.get().value(), 3);
}

TEST(Defer, InAHandlerOfARequestThatWasOnlyToldAnswersNobody) {
  TestSystem system;
  auto debtor = system.spawn<Debtor>("debtor");

  debtor.tell(Lookup{"a"});
  debtor.tell(Release{1});
  debtor.tell(Lookup{"a"});
  debtor.tell(Drop{});
  system.run();

  EXPECT_EQ(debtor.try_tell(Drop{}).ok(), true);
  EXPECT_EQ(system.actors().counts().late_replies, 0U);
}

TEST(Defer, MayBeAnsweredByAnyThread) {
  ActorSystem system("threads", {.workers = 1});
  std::vector<std::thread> threads;
  auto actor =
      system.spawn("actor", behavior([&threads](Context& self, Hand) {
                     auto [reply, later] = self.defer<int>();
                     threads.emplace_back([answer = std::move(reply)]() mutable { answer.set(9); });
                     return later;
                   }));

  EXPECT_EQ(actor.ask(Hand{}).get().value(), 9);
  EXPECT_TRUE(system.shutdown().complete());
  for (auto& thread : threads) thread.join();
}

class Library : public Actor {
 public:
  using Protocol = Accepts<Lookup, Release>;
  explicit Library(AnyRef log) : log_(log) {}
  int on(const Lookup& lookup) {
    log_.tell(sender() ? sender().path() : std::string("outside"));
    if (lookup.key == "throw") throw std::runtime_error("no such book");
    return static_cast<int>(lookup.key.size());
  }
  void on(Release) { log_.tell(sender() ? sender().path() : std::string("outside")); }

 private:
  AnyRef log_;
};

class Desk : public Actor {
 public:
  using Protocol = Accepts<Lookup, Release>;
  explicit Desk(ActorRef<Library::Protocol> library) : library_(library) {}
  auto on(Lookup lookup) { return forward(library_, std::move(lookup)); }
  void on(Release release) { forward(library_, release); }

 private:
  ActorRef<Library::Protocol> library_;
};

struct Fixture {
  TestSystem system;
  Probe probe{system};
  ActorRef<Library::Protocol> library = system.spawn<Library>("library", probe.any_ref());
  ActorRef<Desk::Protocol> desk = system.spawn<Desk>("desk", library);
};

TEST(Forward, SendsTheAnswerStraightToTheAsker) {
  Fixture f;

  EXPECT_EQ(f.desk.ask(Lookup{"four"}).get().value(), 4);
  EXPECT_EQ(f.probe.expect<std::string>(), "outside");
}

TEST(Forward, KeepsTheSenderOfAMessage) {
  Fixture f;
  auto asker = f.system.spawn("asker", behavior([desk = f.desk](Context& self, Hand) -> Task<int> {
                                desk.tell(Release{1});
                                Lookup lookup{"seven77"};
                                auto answer = co_await self.ask(desk, moved(lookup));
                                co_return std::move(answer).value();
                              }));

  EXPECT_EQ(asker.ask(Hand{}).get().value(), 7);
  EXPECT_EQ(f.probe.expect<std::string>(), "/user/asker");
  EXPECT_EQ(f.probe.expect<std::string>(), "/user/asker");
}

TEST(Forward, ToAnActorThatFailsOrHasStoppedFailsTheAsker) {
  Fixture f;
  EXPECT_EQ(f.desk.ask(Lookup{"throw"}).get().error().code(), ErrorCode::handler_failed);
  f.system.stop(f.library);
  f.system.run();

  EXPECT_EQ(f.desk.ask(Lookup{"four"}, 1h).get().error().code(), ErrorCode::actor_stopped);
}

TEST(Forward, OfARequestThatWasOnlyToldAsksNobodyForAnAnswer) {
  Fixture f;
  f.desk.tell(Lookup{"four"});
  f.system.run();

  EXPECT_EQ(f.probe.expect<std::string>(), "outside");
  const SystemCounts counts = f.system.actors().counts();
  EXPECT_EQ(counts.sent, counts.handled + counts.dropped);
  EXPECT_EQ(counts.late_replies, 0U);
}

struct Fetch {};
struct Fetched {
  std::string text;
};
struct HowMany {
  using Reply = int;
};

class Fetcher : public Actor {
 public:
  using Protocol = Accepts<Fetch, Fetched, HowMany>;
  Fetcher(std::shared_ptr<Promise<int>> source, AnyRef log)
      : source_(std::move(source)), log_(log) {}
  void on(Fetch) {
    pipe(source_->future(), [](Result<int> result) {
      return Fetched{result.ok() ? std::to_string(*result) : result.error().to_string()};
    });
  }
  void on(const Fetched& fetched) { log_.tell(fetched.text); }
  int on(HowMany) { return ++asked_; }

 private:
  std::shared_ptr<Promise<int>> source_;
  AnyRef log_;
  int asked_ = 0;
};

TEST(Pipe, DeliversTheResultAsAMessageWhileOthersAreHandled) {
  TestSystem system;
  Probe probe(system);
  auto source = std::make_shared<Promise<int>>();
  auto fetcher = system.spawn<Fetcher>("fetcher", source, probe.any_ref());
  fetcher.tell(Fetch{});

  EXPECT_EQ(fetcher.ask(HowMany{}).get().value(), 1);
  source->set(42);

  EXPECT_EQ(probe.expect<std::string>(), "42");
}

TEST(Pipe, DeliversTheMappedFailure) {
  TestSystem system;
  Probe probe(system);
  auto source = std::make_shared<Promise<int>>();
  auto fetcher = system.spawn<Fetcher>("fetcher", source, probe.any_ref());
  fetcher.tell(Fetch{});
  system.run();

  source->fail(Error(ErrorCode::refused, "closed on Sundays"));

  EXPECT_EQ(probe.expect<std::string>(), "refused: closed on Sundays");
}

TEST(Pipe, ToAnActorThatHasStoppedLeavesADeadLetter) {
  TestSystem system;
  Probe probe(system);
  auto source = std::make_shared<Promise<int>>();
  auto fetcher = system.spawn<Fetcher>("fetcher", source, probe.any_ref());
  fetcher.tell(Fetch{});
  system.run();
  system.stop(fetcher);
  system.run();

  source->set(42);

  EXPECT_EQ(system.actors().dead_letters().count(ErrorCode::actor_stopped), 1U);
}

TEST(Pipe, WhoseMapThrowsIsLoggedAndHarmsNobody) {
  TestSystem system;
  auto source = std::make_shared<Promise<int>>();
  auto actor = system.spawn("actor", behavior([source](Context& self, Hand) {
                              self.pipe(source->future(), [](Result<int>) -> Release {
                                throw std::runtime_error("cannot be mapped");
                              });
                              return 1;
                            }));
  EXPECT_EQ(actor.ask(Hand{}).get().value(), 1);

  source->set(1);

  EXPECT_EQ(system.log().lines_with("cannot be mapped").size(), 1U);
}

struct Open {};

/// Puts lookups aside until it is opened.
class Gate : public Actor {
 public:
  using Protocol = Accepts<Lookup, Open, Release>;
  int on(Lookup lookup) {
    if (!open_) {
      stash(std::move(lookup));
      return 0;
    }
    return static_cast<int>(lookup.key.size()) + 10 * ++answered_;
  }
  void on(Open) {
    open_ = true;
    unstash_all();
  }
  void on(Release release) {
    if (!open_) return stash(release);
    released_ += release.value;
  }

 private:
  bool open_ = false;
  int answered_ = 0;
  int released_ = 0;
};

TEST(Stash, KeepsTheAskersWaitingAndAnswersThemInOrder) {
  TestSystem system;
  auto gate = system.spawn<Gate>("gate");
  auto first = gate.ask(Lookup{"a"});
  auto second = gate.ask(Lookup{"bb"});
  auto third = gate.ask(Lookup{"ccc"});
  system.run();
  EXPECT_FALSE(first.is_ready());

  gate.tell(Open{});
  auto fourth = gate.ask(Lookup{"dddd"});

  EXPECT_EQ(first.get().value(), 11);
  EXPECT_EQ(second.get().value(), 22);
  EXPECT_EQ(third.get().value(), 33);
  EXPECT_EQ(fourth.get().value(), 44);
}

TEST(Stash, IsInTheBooksAsAMessageToOneself) {
  TestSystem system;
  auto gate = system.spawn<Gate>("gate");
  for (int i = 0; i < 3; ++i) gate.tell(Release{1});
  system.run();
  gate.tell(Open{});
  system.run();

  const SystemCounts counts = system.actors().counts();
  EXPECT_EQ(counts.sent, 7U);
  EXPECT_EQ(counts.handled, 7U);
}

TEST(Stash, ThatIsFullDropsTheMessageAsMailboxFull) {
  TestSystem system({.actors = {.stash_max = 2}});
  auto gate = system.spawn<Gate>("gate");
  gate.tell(Release{1});
  gate.tell(Release{2});
  auto third = gate.ask(Lookup{"a"});

  EXPECT_EQ(third.get().error().code(), ErrorCode::mailbox_full);
  EXPECT_EQ(system.actors().dead_letters().count(ErrorCode::mailbox_full), 1U);
}

TEST(Stash, OfAnActorThatStopsBecomesDeadLettersAndItsAskersHearOfIt) {
  TestSystem system;
  auto gate = system.spawn<Gate>("gate");
  auto answer = gate.ask(Lookup{"a"}, 1h);
  gate.tell(Release{1});
  system.run();

  system.stop(gate);

  EXPECT_EQ(answer.get().error().code(), ErrorCode::actor_stopped);
  system.run();
  EXPECT_EQ(system.actors().dead_letters().count(ErrorCode::actor_stopped), 2U);
  const SystemCounts counts = system.actors().counts();
  EXPECT_EQ(counts.sent, counts.handled + counts.dropped);
}

}  // namespace
}  // namespace troupe
