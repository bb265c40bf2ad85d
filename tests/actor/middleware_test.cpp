// Tests of middleware: in which order links see messages, answers and the steps of an actor's life.

#include <gtest/gtest.h>

#include <stdexcept>
#include <troupe/actor/behavior.hpp>
#include <troupe/actor/middleware.hpp>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::TestSystem;
using Journal = std::vector<std::string>;

struct Say {
  using Reply = std::string;
  std::string text;
};
struct Hear {
  std::string text;
};
struct Fail {};

class Echo : public Actor {
 public:
  using Protocol = Accepts<Say, Hear, Fail>;
  explicit Echo(Journal* journal) : journal_(journal) {}
  void on_start() { journal_->push_back("on_start"); }
  std::string on(const Say& say) {
    journal_->push_back("handles " + say.text);
    return say.text;
  }
  void on(const Hear& hear) { journal_->push_back("hears " + hear.text); }
  void on(Fail) { throw std::runtime_error("broken"); }

 private:
  Journal* journal_;
};

std::string upper(std::string text) {
  for (char& letter : text) {
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  }
  return text;
}

/// Writes down all that it sees.
class Log final : public Middleware {
 public:
  Log(std::string name, Journal* journal) : name_(std::move(name)), journal_(journal) {}
  Pass on_message(MessageView message) override {
    if (const Say* say = message.get<Say>()) {
      journal_->push_back(name_ + " in " + say->text + (message.is_request() ? " ?" : ""));
    } else {
      journal_->push_back(name_ + " in " + std::string(message.type_name()));
    }
    return Pass::on;
  }
  void on_reply(MessageView reply) override {
    const std::string* text = reply.get<std::string>();
    journal_->push_back(name_ + " out " + (text != nullptr ? *text : "an error"));
  }
  void on_lifecycle(const LifecycleEvent& event) override {
    const char* steps[] = {"started", "stopped", "restarting", "restarted"};
    journal_->push_back(name_ + " " + steps[static_cast<int>(event.step)] +
                        (event.error ? " " + event.error->context() : ""));
  }

 private:
  std::string name_;
  Journal* journal_;
};

class Uppercase final : public Middleware {
 public:
  Pass on_message(MessageView message) override {
    if (Hear* hear = message.get<Hear>()) hear->text = upper(hear->text);
    return Pass::on;
  }
  void on_reply(MessageView reply) override {
    if (std::string* text = reply.get<std::string>()) *text = upper(*text);
  }
};

/// Answers what says "cached" by itself, drops what says "no", and throws at "bad".
class Clerk final : public Middleware {
 public:
  Pass on_message(MessageView message) override {
    const Say* say = message.get<Say>();
    if (say == nullptr) return Pass::on;
    if (say->text == "bad") throw std::invalid_argument("bad word");
    if (say->text == "cached") message.answer(std::string("from the cache"));
    return say->text == "cached" || say->text == "no" ? Pass::stop : Pass::on;
  }
};

/// Takes answers for requests.
class Echoer final : public Middleware {
 public:
  void on_reply(MessageView reply) override {
    EXPECT_FALSE(reply.is_request());
    reply.answer(std::string("again"));
  }
};

class BadReader final : public Middleware {
 public:
  void on_reply(MessageView) override { throw std::runtime_error("cannot read"); }
  void on_lifecycle(const LifecycleEvent&) override { throw 3; }
};

TEST(MiddlewareChain, PassesMessagesFromTheFirstAndAnswersFromTheLast) {
  Journal journal;
  TestSystem system;
  auto echo = system.actors().spawn<Echo>(
      "echo",
      with(middleware(std::make_shared<Log>("log", &journal), std::make_shared<Uppercase>())),
      &journal);
  system.run();
  journal.clear();

  EXPECT_EQ(echo.ask(Say{"hello"}).get().value(), "HELLO");

  EXPECT_EQ(journal, (Journal{"log in hello ?", "handles hello", "log out HELLO"}));
}

TEST(MiddlewareChain, HasItsFirstLinkOutermost) {
  Journal journal;
  TestSystem system;
  auto echo =
      system.actors().spawn<Echo>("echo",
                                  with(middleware(std::make_shared<Log>("outer", &journal),
                                                  std::make_shared<Log>("inner", &journal))),
                                  &journal);
  system.run();
  journal.clear();

  EXPECT_EQ(echo.ask(Say{"hi"}).get().value(), "hi");

  EXPECT_EQ(journal, (Journal{"outer in hi ?", "inner in hi ?", "handles hi", "inner out hi",
                              "outer out hi"}));
}

TEST(MiddlewareChain, MayChangeTheMessage) {
  Journal journal;
  TestSystem system;
  auto echo = system.actors().spawn<Echo>("echo", with(middleware(std::make_shared<Uppercase>())),
                                          &journal);
  echo.tell(Hear{"news"});
  system.run();
  EXPECT_EQ(journal.back(), "hears NEWS");
}

TEST(MiddlewareChain, MayAnswerByItselfAndThenNobodyBehindSeesTheMessage) {
  Journal journal;
  TestSystem system;
  auto echo = system.actors().spawn<Echo>(
      "echo", with(middleware(std::make_shared<Clerk>(), std::make_shared<Log>("log", &journal))),
      &journal);
  system.run();
  journal.clear();

  EXPECT_EQ(echo.ask(Say{"cached"}).get().value(), "from the cache");
  EXPECT_EQ(journal, Journal{});
  EXPECT_EQ(echo.ask(Say{"fresh"}).get().value(), "fresh");
}

TEST(MiddlewareChain, PassesTheAnswerOfALinkOutThroughThoseBeforeIt) {
  Journal journal;
  TestSystem system;
  auto echo = system.actors().spawn<Echo>(
      "echo",
      with(middleware(std::make_shared<Log>("log", &journal), std::make_shared<Uppercase>(),
                      std::make_shared<Clerk>(), std::make_shared<Log>("behind", &journal))),
      &journal);
  system.run();
  journal.clear();

  EXPECT_EQ(echo.ask(Say{"cached"}).get().value(), "FROM THE CACHE");

  EXPECT_EQ(journal, (Journal{"log in cached ?", "log out FROM THE CACHE"}));
}

TEST(MiddlewareChain, CannotAnswerAnAnswer) {
  Journal journal;
  TestSystem system;
  auto echo =
      system.actors().spawn<Echo>("echo", with(middleware(std::make_shared<Echoer>())), &journal);
  auto asker = system.actors().spawn(
      "asker", behavior([echo](Context& context, Say say) -> Task<std::string> {
        auto answer = co_await context.ask(echo, moved(say));
        co_return std::move(answer).value();
      }));

  EXPECT_EQ(asker.ask(Say{"hi"}).get().value(), "hi");
  EXPECT_EQ(system.actors().counts().late_replies, 0U);
}

TEST(MiddlewareChain, ThatStopsARequestUnansweredFailsTheAsk) {
  Journal journal;
  TestSystem system;
  auto echo =
      system.actors().spawn<Echo>("echo", with(middleware(std::make_shared<Clerk>())), &journal);

  EXPECT_EQ(echo.ask(Say{"no"}).get().error().code(), ErrorCode::cancelled);
  static_cast<void>(system.actors().shutdown());
  const SystemCounts counts = system.actors().counts();
  EXPECT_EQ(counts.sent, counts.handled + counts.dropped);
}

TEST(MiddlewareChain, SeesTheLifeOfItsActor) {
  Journal journal;
  TestSystem system;
  auto echo = system.actors().spawn<Echo>(
      "echo", with(middleware(std::make_shared<Log>("log", &journal))), &journal);
  echo.tell(Fail{});
  system.run();
  system.stop(echo);
  system.run();

  EXPECT_EQ(journal[0], "log started");
  EXPECT_EQ(journal[1], "on_start");
  ASSERT_EQ(journal.size(), 6U);
  EXPECT_EQ(journal[3], "log restarting std::runtime_error: broken");
  EXPECT_EQ(journal[4], "log restarted std::runtime_error: broken");
  EXPECT_EQ(journal[5], "log stopped");
}

struct Look {
  static constexpr bool local_message = true;
  AnyRef at;
};

class Onlooker : public Actor {
 public:
  using Protocol = Accepts<Look>;
  explicit Onlooker(Journal* journal) : journal_(journal) {}
  void on(const Look& look) { watch(look.at); }
  void on(const Terminated& gone) { journal_->push_back("handles the end of " + gone.path); }

 private:
  Journal* journal_;
};

/// Stops all notices.
class Shield final : public Middleware {
 public:
  Pass on_message(MessageView message) override {
    return message.get<Terminated>() != nullptr ? Pass::stop : Pass::on;
  }
};

TEST(MiddlewareChain, SeesNoticesOfEndsAndMayStopThem) {
  for (const bool shielded : {false, true}) {
    Journal journal;
    TestSystem system;
    auto watched = system.spawn<Echo>("watched", &journal);
    const auto log = std::make_shared<Log>("log", &journal);
    auto options =
        shielded ? with(middleware(log, std::make_shared<Shield>())) : with(middleware(log));
    auto onlooker = system.actors().spawn<Onlooker>("onlooker", std::move(options), &journal);
    onlooker.tell(Look{watched});
    system.run();
    journal.clear();
    system.stop(watched);
    system.run();

    ASSERT_EQ(journal.size(), shielded ? 1U : 2U);
    EXPECT_EQ(journal[0], "log in troupe::Terminated");
    if (!shielded) {
      EXPECT_EQ(journal[1], "handles the end of /user/watched");
    }
  }
}

TEST(MiddlewareChain, ThatThrowsAtAMessageFailsTheActor) {
  Journal journal;
  TestSystem system;
  auto echo = system.actors().spawn<Echo>(
      "echo", with(middleware(std::make_shared<Clerk>(), std::make_shared<Log>("log", &journal))),
      &journal);

  EXPECT_EQ(echo.ask(Say{"bad"}).get().error().to_string(),
            "handler_failed: std::invalid_argument: bad word");
  EXPECT_EQ(echo.ask(Say{"good"}).get().value(), "good");
  EXPECT_EQ(std::ranges::count(journal, "log restarted std::invalid_argument: bad word"), 1);
}

TEST(MiddlewareChain, ThatThrowsElsewhereIsLoggedAndHarmsNobody) {
  Journal journal;
  TestSystem system;
  auto echo = system.actors().spawn<Echo>("echo", with(middleware(std::make_shared<BadReader>())),
                                          &journal);

  EXPECT_EQ(echo.ask(Say{"hi"}).get().value(), "hi");
  system.stop(echo);
  system.run();

  EXPECT_EQ(system.log().lines_with("middleware threw").size(), 3U);  // Started, reply, stopped.
}

TEST(MiddlewareChain, MayBeSharedByActors) {
  Journal journal;
  TestSystem system;
  const auto log = std::make_shared<Log>("log", &journal);
  auto one = system.actors().spawn<Echo>("one", with(middleware(log)), &journal);
  auto two = system.actors().spawn<Echo>("two", with(middleware(log)), &journal);
  EXPECT_EQ(one.ask(Say{"1"}).get().value(), "1");
  EXPECT_EQ(two.ask(Say{"2"}).get().value(), "2");
  EXPECT_EQ(std::ranges::count(journal, "log out 2"), 1);
}

}  // namespace
}  // namespace troupe
