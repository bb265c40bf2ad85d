#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>
#include <vector>

#include "fake_link.hpp"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::TestSystem;
using Seen = std::shared_ptr<std::vector<std::string>>;
using Lines = std::vector<std::string>;

struct Word {
  std::string text;
};
struct Count {
  using Reply = int;
  std::string text;
};
struct Release {};

/// Fails at each "bad" so often; takes what on_poison is to say, and whether its tasks wait first.
struct Plan {
  Poison poison;
  int failures = 1;
  bool waits = false;
  bool hook_throws = false;
};

class Reader : public Actor {
 public:
  using Protocol = Accepts<Word, Count, Release>;
  Reader(Plan plan, Seen seen, std::shared_ptr<int> failures)
      : plan_(plan), seen_(std::move(seen)), failures_(std::move(failures)) {}

  Poison on_poison(const Error& error) override {
    seen_->push_back("poison: " + error.context());
    if (plan_.hook_throws) throw std::runtime_error("hook");
    return plan_.poison;
  }
  Task<> on(Word word) {
    std::string moved_away = std::move(word.text);
    if (plan_.waits) co_await yield();
    read(moved_away);
  }
  int on(Count count) {
    const std::string moved_away = std::move(count.text);
    read(moved_away);
    return 1;
  }
  void on(Release) { unstash_all(); }

 private:
  void read(const std::string& text) {
    seen_->push_back(text);
    if (text == "bad" && ++*failures_ <= plan_.failures) throw std::runtime_error("bad word");
  }

  Plan plan_;
  Seen seen_;
  std::shared_ptr<int> failures_;
};

struct Fixture {
  explicit Fixture(Plan plan) : reader(system.spawn<Reader>("reader", plan, seen, failures)) {}

  void expect_balance() {
    const SystemCounts counts = system.actors().counts();
    EXPECT_EQ(counts.sent, counts.handled + counts.dropped);
  }

  TestSystem system;
  Seen seen = std::make_shared<Lines>();
  std::shared_ptr<int> failures = std::make_shared<int>(0);
  ActorRef<Reader::Protocol> reader;
};

const std::string reason = "poison: std::runtime_error: bad word";

/// Takes its message by reference into a task that waits.
class Borrower : public Actor {
 public:
  using Protocol = Accepts<Word>;
  explicit Borrower(Seen seen) : seen_(std::move(seen)) {}
  Poison on_poison(const Error&) override { return Poison::retry; }
  Task<> on(const Word& word) {
    co_await yield();
    seen_->push_back(word.text);
    if (seen_->size() == 1) throw std::runtime_error("the first time");
  }

 private:
  Seen seen_;
};

TEST(Poison, LivesAsLongAsTheTaskThatTakesItByReference) {
  TestSystem system;
  auto seen = std::make_shared<Lines>();
  const std::string text(100, 'x');

  system.spawn<Borrower>("borrower", seen).tell(Word{text});
  system.run();

  EXPECT_EQ(*seen, (Lines{text, text}));
}

TEST(Poison, ThatIsDroppedIsNotHandledAgain) {
  for (const bool waits : {false, true}) {
    Fixture f({.poison = Poison::drop, .waits = waits});
    f.reader.tell(Word{"bad"});
    f.reader.tell(Word{"good"});
    f.system.run();

    EXPECT_EQ(*f.seen, (Lines{"bad", reason, "good"}));
    f.expect_balance();
  }
}

TEST(Poison, ThatIsRetriedIsHandledAgainBeforeAnyOther) {
  for (const bool waits : {false, true}) {
    Fixture f({.poison = Poison::retry, .failures = 2, .waits = waits});
    f.reader.tell(Word{"bad"});
    f.reader.tell(Word{"good"});
    f.system.run();

    EXPECT_EQ(*f.seen, (Lines{"bad", reason, "bad", reason, "bad", "good"}));
    f.expect_balance();
  }
}

TEST(Poison, ThatIsParkedIsHandledAgainAfterUnstashing) {
  for (const bool waits : {false, true}) {
    Fixture f({.poison = Poison::park, .waits = waits});
    f.reader.tell(Word{"bad"});
    f.reader.tell(Word{"good"});
    f.system.run();
    EXPECT_EQ(*f.seen, (Lines{"bad", reason, "good"}));

    f.reader.tell(Release{});
    f.system.run();

    EXPECT_EQ(*f.seen, (Lines{"bad", reason, "good", "bad"}));
    f.expect_balance();
  }
}

TEST(Poison, ThatIsParkedBecomesADeadLetterWhenTheActorEnds) {
  Fixture f({.poison = Poison::park});
  f.reader.tell(Word{"bad"});
  f.system.run();

  f.system.stop(f.reader);
  f.system.run();

  EXPECT_EQ(f.system.actors().dead_letters().total(), 1U);
  f.expect_balance();
}

TEST(Poison, ThatWasAskedIsAnsweredOnceWithTheErrorAndThenRetriedForNobody) {
  Fixture f({.poison = Poison::retry});

  const auto answer = f.reader.ask(Count{"bad"}).get();
  f.system.run();

  EXPECT_EQ(answer.error().code(), ErrorCode::handler_failed);
  EXPECT_EQ(*f.seen, (Lines{"bad", reason, "bad"}));
  EXPECT_EQ(f.system.actors().counts().late_replies, 0U);
}

TEST(Poison, ThatIsRetriedForEverEndsWithTheBudget) {
  Fixture f({.poison = Poison::retry, .failures = 1'000});
  f.reader.tell(Word{"bad"});
  f.reader.tell(Word{"good"});
  f.system.run();

  EXPECT_EQ(f.seen->size(), 4U + 3U) << "three restarts within 60 s";
  EXPECT_EQ(f.system.actors().dead_letters().total(), 1U) << "\"good\" was never handled";
  f.expect_balance();
}

TEST(Poison, ThatWasAskedIsRetriedAlsoAfterItsAskWouldHaveExpired) {
  Fixture f({.poison = Poison::park});
  EXPECT_FALSE(f.reader.ask(Count{"bad"}, 1s).get().ok());
  f.system.run_for(2s);

  f.reader.tell(Release{});
  f.system.run();

  EXPECT_EQ(*f.seen, (Lines{"bad", reason, "bad"}));
  EXPECT_EQ(f.system.actors().dead_letters().total(), 0U);
}

TEST(Poison, ThatIsParkedCountsAgainstTheLimitOfTheStash) {
  TestSystem system({.actors = {.stash_max = 1}});
  auto seen = std::make_shared<Lines>();
  auto reader = system.spawn<Reader>("reader", Plan{.poison = Poison::park, .failures = 2}, seen,
                                     std::make_shared<int>(0));
  reader.tell(Word{"bad"});
  reader.tell(Word{"bad"});
  system.run();
  reader.tell(Release{});
  system.run();

  EXPECT_EQ(*seen, (Lines{"bad", reason, "bad", reason, "bad"}));
  EXPECT_EQ(system.actors().dead_letters().count(ErrorCode::mailbox_full), 1U);
}

TEST(Poison, FromAnotherNodeIsAskedAboutAsWell) {
  Fixture f({.poison = Poison::retry});
  FakeLink link(f.system.actors());
  wire::Writer writer;
  wire::encode(writer, Word{"bad"});
  const runtime::EncodedMessage word{wire::type_key<Word>, writer.bytes(), &link, {}};
  const AnyRef reader = f.reader;
  runtime::deliver(reader.cell(),
                   runtime::make_encoded(runtime::Kind::encoded, reader.id(), nullptr, word));
  f.system.run();

  EXPECT_EQ(*f.seen, (Lines{"bad", reason, "bad"}));
  f.expect_balance();
}

TEST(Poison, IsDroppedWhenTheHookThrows) {
  Fixture f({.poison = Poison::retry, .hook_throws = true});
  f.reader.tell(Word{"bad"});
  f.reader.tell(Word{"good"});
  f.system.run();

  EXPECT_EQ(*f.seen, (Lines{"bad", reason, "good"}));
  EXPECT_EQ(f.system.log().lines_with("on_poison threw").size(), 1U);
}

TEST(Poison, IsAskedAboutAlsoWhereTheActorIsResumed) {
  TestSystem system({.actors = {.guardian_strategy = one_for_one().otherwise(Directive::resume)}});
  auto seen = std::make_shared<Lines>();
  auto reader =
      system.spawn<Reader>("reader", Plan{.poison = Poison::retry}, seen, std::make_shared<int>(0));
  reader.tell(Word{"bad"});
  system.run();

  EXPECT_EQ(*seen, (Lines{"bad", reason, "bad"}));
}

}  // namespace
}  // namespace troupe
