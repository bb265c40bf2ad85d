// Tests of the place of an answer: ahead of what waits in the asker's mailbox.

#include <gtest/gtest.h>

#include <string>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>
#include <vector>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::TestSystem;

struct Note {
  std::string text;
};
struct Question {
  using Reply = std::string;
  AnyRef notes_to;
};
struct Begin {
  AnyRef answerer;
  bool as_future = false;
};

class Asker : public Actor {
 public:
  using Protocol = Accepts<Begin, Note>;
  explicit Asker(std::vector<std::string>* journal) : journal_(journal) {}
  Task<void, reentrant> on(Begin begin) {
    if (begin.as_future) {
      auto future = begin.answerer.ask<Question>({self()}, 1s);
      auto answer = co_await std::move(future);
      journal_->push_back(answer.ok() ? *answer : answer.error().to_string());
    } else {
      auto answer = co_await ask<Question>(begin.answerer, {self()}, 1s);
      journal_->push_back(answer.ok() ? *answer : answer.error().to_string());
    }
  }
  void on(const Note& note) { journal_->push_back(note.text); }

 private:
  std::vector<std::string>* journal_;
};

TEST(AnAnswer, ComesAheadOfWhatWaitsInTheAskersMailbox) {
  for (const bool as_future : {false, true}) {
    TestSystem system;
    std::vector<std::string> journal;
    auto asker = system.spawn<Asker>("asker", &journal);
    auto answerer = system.spawn("answerer", behavior([](Question question) {
                                   question.notes_to.tell(Note{"told before the answer"});
                                   return std::string("answer");
                                 }));
    asker.tell(Begin{answerer, as_future});

    system.run();

    EXPECT_EQ(journal, (std::vector<std::string>{"answer", "told before the answer"}));
  }
}

}  // namespace
}  // namespace troupe
