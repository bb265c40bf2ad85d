// A message from another node is to its actor what a local one is: to middleware, stop policies,
// tasks, on_poison, stash, forward() and routers.

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <troupe/actor/middleware.hpp>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>
#include <vector>

#include "remote_sender.hpp"

namespace troupe {
namespace {

/// Something that its own codec does not like to read.
struct Cursed {
  using Reply = Cursed;
};

}  // namespace

template <>
struct wire::Codec<Cursed> {
  static void encode(Writer& writer, const Cursed&) { writer.write_nil(); }
  static void decode(Reader&, Cursed&) { throw std::runtime_error("no good"); }
};

namespace {

using namespace remote_test;
using testkit::Probe;

struct Release {};
struct Unasked {};

// --- Tasks ---

/// Reads its message again after a wait.
class Slow : public Actor {
 public:
  using Protocol = Accepts<Word, Count>;
  explicit Slow(Words* seen) : seen_(seen) {}
  Task<> on(const Word& word) {
    co_await yield();
    seen_->push_back(word.text + " of " + sender().path());
  }
  Task<int> on(const Count& count) {
    co_await yield();
    co_return static_cast<int>(count.text.size());
  }

 private:
  Words* seen_;
};

const std::string long_text(100, 'x');
const std::string there = "troupe://there@host:1/user/9";

TEST_F(RemoteMessage, LivesAsLongAsTheTaskThatTakesItByReference) {
  auto slow = system.spawn<Slow>("slow", &seen);

  receive(slow, Word{long_text});
  receive_ask(slow, Count{long_text});
  system.run();

  EXPECT_EQ(seen, Words{long_text + " of " + there});
  ASSERT_EQ(asker.answers.size(), 1U);
  EXPECT_EQ(asker.answers[0].value(), 100);
  expect_balanced_books();
}

TEST_F(RemoteMessage, LivesAsLongAsTheTaskOfABehaviour) {
  auto slow = system.spawn("slow", behavior([this](Context& context, const Word& word) -> Task<> {
                             co_await context.yield();
                             seen.push_back(word.text);
                           }));

  receive(slow, Word{long_text});
  system.run();

  EXPECT_EQ(seen, Words{long_text});
}

// --- What sees every message ---

/// Writes down what it sees and makes words longer.
class Reader final : public Middleware {
 public:
  explicit Reader(Words* seen) : seen_(seen) {}
  Pass on_message(MessageView message) override {
    seen_->emplace_back(message.type_name());
    if (Word* word = message.get<Word>()) word->text += "!";
    return Pass::on;
  }
  void on_reply(MessageView reply) override {
    seen_->push_back("answer " + std::to_string(*reply.get<int>()));
  }

 private:
  Words* seen_;
};

class Plain : public Actor {
 public:
  using Protocol = Accepts<Word, Count>;
  explicit Plain(Words* seen) : seen_(seen) {}
  void on(const Word& word) { seen_->push_back(word.text); }
  int on(const Count& count) { return static_cast<int>(count.text.size()); }

 private:
  Words* seen_;
};

TEST_F(RemoteMessage, PassesMiddlewareInItsOwnType) {
  auto plain = system.actors().spawn<Plain>(
      "plain", with(middleware(std::make_shared<Reader>(&seen))), &seen);

  receive(plain, Word{"hello"});
  receive_ask(plain, Count{"four"});
  system.run();

  EXPECT_EQ(seen, (Words{std::string(wire::type_name<Word>()), "hello!",
                         std::string(wire::type_name<Count>()), "answer 4"}));
  EXPECT_EQ(asker.answers.at(0).value(), 4);
}

TEST_F(RemoteMessage, EndsTheActorWhoseLastMessageItIs) {
  auto plain = system.actors().spawn<Plain>("plain", with(after_message(Word{"bye"})), &seen);

  for (const char* text : {"hello", "bye", "more"}) receive(plain, Word{text});
  system.run();

  EXPECT_EQ(seen, (Words{"hello", "bye"}));
  EXPECT_EQ(system.actors().dead_letters().count(ErrorCode::actor_stopped), 1U);
  expect_balanced_books();
}

class Auditor : public Actor {
 public:
  using Protocol = Accepts<Unhandled>;
  explicit Auditor(Words* seen) : seen_(seen) {}
  void on(const Unhandled& unhandled) { seen_->push_back(unhandled.type); }

 private:
  Words* seen_;
};

TEST_F(RemoteMessage, OfAnUnknownTypeIsUnhandledByTheNameThatItsNodeTold) {
  system.actors().events().subscribe<Unhandled>(system.spawn<Auditor>("auditor", &seen));
  auto plain = system.spawn<Plain>("plain", &seen);

  receive(plain, Unasked{});
  system.run();

  EXPECT_EQ(seen, Words{"a type of theirs"});
  EXPECT_EQ(link.dropped_for, std::vector{ErrorCode::unknown_type});
}

TEST_F(RemoteMessage, WhoseCodecThrowsIsMalformedAndHarmsNobody) {
  int failures = 0;
  auto actor = system.spawn("actor", behavior([&failures](Cursed cursed) {
                              ++failures;
                              return cursed;
                            }));

  receive(actor, Cursed{});
  receive_ask(actor, Cursed{});
  system.run();

  EXPECT_EQ(failures, 0);
  EXPECT_EQ(link.dropped_for, std::vector(2, ErrorCode::malformed));
  EXPECT_EQ(asker.answers.at(0).error().code(), ErrorCode::malformed);
  EXPECT_EQ(asker.answers.at(0).error().context(), "std::runtime_error: no good");
  EXPECT_TRUE(system.actors().try_find_any("/user/actor").ok());
  expect_balanced_books();
}

TEST_F(RemoteMessage, ThatAnswersWithWhatItsCodecThrowsAtIsAMalformedAnswer) {
  Promise<Cursed> promise;
  auto future = promise.future();
  const std::array bytes{std::byte{0xc0}};
  promise.detach();

  future.state()->complete(0, runtime::make_encoded(runtime::Kind::reply, 0, nullptr,
                                                    {wire::type_key<Cursed>, bytes, &link, {}}));

  const auto answer = future.get();
  EXPECT_EQ(answer.error().code(), ErrorCode::malformed);
  EXPECT_EQ(answer.error().context(), "std::runtime_error: no good");
}

// --- Again, and elsewhere ---

/// Fails at the first "bad"; then does with it what it is told.
class Fragile : public Actor {
 public:
  using Protocol = Accepts<Word, Count, Release>;
  Fragile(Words* seen, int* failures, Poison poison)
      : seen_(seen), failures_(failures), poison_(poison) {}
  Poison on_poison(const Error&) override { return poison_; }
  void on(Word word) {
    const std::string text = std::move(word.text);
    seen_->push_back(text + " of " + sender().path());
    if (text == "bad" && ++*failures_ == 1) throw std::runtime_error("as told");
  }
  int on(const Count&) { throw std::runtime_error("cannot count"); }
  void on(Release) { unstash_all(); }

 private:
  Words* seen_;
  int* failures_;
  Poison poison_;
};

TEST_F(RemoteMessage, WhoseHandlerFailedIsRetriedWhereOnPoisonSaysSo) {
  int failures = 0;
  auto fragile = system.spawn<Fragile>("fragile", &seen, &failures, Poison::retry);

  receive(fragile, Word{"bad"});
  receive(fragile, Word{"good"});
  system.run();

  EXPECT_EQ(seen, (Words{"bad of " + there, "bad of " + there, "good of " + there}));
  expect_balanced_books();
}

TEST_F(RemoteMessage, WhoseHandlerFailedIsParkedWhereOnPoisonSaysSo) {
  int failures = 0;
  auto fragile = system.spawn<Fragile>("fragile", &seen, &failures, Poison::park);

  receive(fragile, Word{"bad"});
  receive(fragile, Word{"good"});
  receive(fragile, Release{});
  system.run();

  EXPECT_EQ(seen, (Words{"bad of " + there, "good of " + there, "bad of " + there}));
}

TEST_F(RemoteMessage, WhoseHandlerFailedAnswersWithTheError) {
  int failures = 0;
  auto fragile = system.spawn<Fragile>("fragile", &seen, &failures, Poison::drop);

  receive_ask(fragile, Count{"x"});
  system.run();

  ASSERT_EQ(asker.answers.size(), 1U);
  EXPECT_EQ(asker.answers[0].error().context(), "std::runtime_error: cannot count");
}

/// Puts everything aside until it is told to pass it on.
class Desk : public Actor {
 public:
  using Protocol = Accepts<Word, Count, Release>;
  explicit Desk(AnyRef next) : next_(next) {}
  void on(Word word) {
    if (!open_) return stash(std::move(word));
    forward(next_, std::move(word));
  }
  Later<int> on(Count count) {
    if (!open_) {
      stash(std::move(count));
    } else {
      forward(next_, std::move(count));
    }
    return {};
  }
  void on(Release) {
    open_ = true;
    unstash_all();
  }

 private:
  AnyRef next_;
  bool open_ = false;
};

TEST_F(RemoteMessage, KeepsItsSenderAndItsAskerWhenItIsStashedAndForwarded) {
  Probe probe(system);
  auto desk = system.spawn<Desk>("desk", probe.any_ref());

  receive(desk, Word{"first"});
  receive_ask(desk, Count{"second"});
  desk.tell(Release{});
  system.run();

  EXPECT_EQ(probe.expect<Word>().text, "first");
  EXPECT_EQ(probe.last_sender(), link.actor(9));
  EXPECT_EQ(probe.expect<Count>().text, "second");
  EXPECT_EQ(probe.last_sender(), link.actor(9));
  probe.reply(2);
  system.run();
  EXPECT_EQ(asker.answers.at(0).value(), 2);
}

TEST_F(RemoteMessage, ThatEndsInAStashBecomesADeadLetterOfItsSender) {
  auto desk = system.spawn<Desk>("desk", AnyRef());
  receive(desk, Word{"first"});
  receive_ask(desk, Count{"second"});
  system.run();

  system.stop(desk);
  system.run();

  const auto letters = system.actors().dead_letters().recent();
  ASSERT_EQ(letters.size(), 2U);
  EXPECT_EQ(letters[0].sender, there);
  EXPECT_EQ(letters[0].type, wire::type_name<Word>());
  EXPECT_EQ(asker.answers.at(0).error().code(), ErrorCode::actor_stopped);
  expect_balanced_books();
}

/// Starts a timer, and passes on what comes with it.
class Clock : public Actor {
 public:
  using Protocol = Accepts<Release, Word>;
  explicit Clock(AnyRef next) : next_(next) {}
  void on(Release) { start_timer("tick", after(Duration(1)), Word{"tick"}); }
  void on(Word word) { forward(next_, std::move(word)); }

 private:
  AnyRef next_;
};

TEST_F(RemoteMessage, IsNotMistakenForATimersWhichHasNoSenderWhenItIsForwarded) {
  Probe probe(system);
  auto clock = system.spawn<Clock>("clock", probe.any_ref());
  clock.tell(Release{});

  EXPECT_EQ(probe.expect<Word>().text, "tick");
  EXPECT_EQ(probe.last_sender(), AnyRef());
}

}  // namespace
}  // namespace troupe
