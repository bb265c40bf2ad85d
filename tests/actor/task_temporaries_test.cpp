// What is made inside a co_await expression lives until the expression is done, and is destroyed
// once, with every compiler. It is run under AddressSanitizer with clang and with g++, whose
// versions before 13 destroy some temporaries twice; these must not compile, or have another form.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>
#include <utility>
#include <vector>

namespace troupe {
namespace {

using testkit::TestSystem;

const std::string long_text = "a text that is too long for a string's own memory, 1234567890";

struct Record {
  std::string name;
  std::vector<std::string> tags;
};
struct Measure {
  using Reply = std::size_t;
  std::string text;
  std::vector<Record> records;
};
struct Copy {
  using Reply = std::string;
  std::string text;
};

std::size_t size_of(const Measure& measure) {
  std::size_t size = measure.text.size();
  for (const Record& record : measure.records) {
    size += record.name.size();
    for (const std::string& tag : record.tags) size += tag.size();
  }
  return size;
}

std::vector<std::string> tags(const std::string& first) { return {first, "x"}; }
Record record(const std::string& name) { return {name, tags(name)}; }
std::vector<Record> records() { return {{long_text, tags(long_text)}, {"short", {}}}; }

class Scale : public Actor {
 public:
  using Protocol = Accepts<Measure, Copy>;
  std::size_t on(const Measure& measure) { return size_of(measure); }
  Task<std::string> on(Copy copy) {
    co_await yield();
    co_return copy.text;
  }
};
using ScaleRef = ActorRef<Scale::Protocol>;

template <int number>
struct Case {
  using Reply = std::size_t;
};

class Weigher : public Actor {
 public:
  using Protocol = Accepts<Case<0>, Case<1>, Case<2>, Case<3>, Case<4>, Case<5>, Case<6>, Case<7>>;
  explicit Weigher(ScaleRef scale) : scale_(scale) {}

  Task<std::size_t> on(Case<0>) {
    co_return (co_await ask<Measure>(scale_, {long_text, records()})).value();
  }
  Task<std::size_t> on(Case<1>) {
    const auto answer = co_await ask<Measure>(scale_, {std::string(long_text) + "!", records()});
    co_return answer.value();
  }
  Task<std::size_t> on(Case<2>) {
    static_cast<void>(co_await ask<Copy>(scale_, {"short"}));
    co_return (co_await ask<Copy>(scale_, {long_text + long_text})).value().size();
  }
  Task<std::size_t> on(Case<3>) {
    const std::string both = (co_await ask<Copy>(scale_, {long_text + "1"})).value() +
                             (co_await ask<Copy>(scale_, {long_text + "2"})).value();
    co_return both.size();
  }
  Task<std::size_t> on(Case<4>) {
    const auto copy = co_await ask<Copy>(scale_, {std::string(long_text)});
    if (copy.value() == std::string(long_text)) {
      co_return (co_await length(std::string(long_text), tags(long_text)));
    }
    co_return 0;
  }
  Task<std::size_t> on(Case<5>) {
    const auto both = co_await all(scale_.ask<Copy>({long_text + "1"}),
                                   scale_.ask<Measure>({long_text, records()}));
    co_return std::get<0>(both.value()).size() + std::get<1>(both.value());
  }
  Task<std::size_t> on(Case<6>) {
    std::size_t sum = 0;
    for (const std::string& text : std::vector<std::string>{long_text, "x", long_text}) {
      sum += (co_await ask<Copy>(scale_, {text})).value_or(std::string(long_text)).size();
    }
    co_return sum;
  }
  Task<std::size_t> on(Case<7>) {
    const Holder holder{long_text, std::make_unique<std::string>(long_text)};
    co_return (co_await weigh(record(long_text), holder)) + holder.text.size();
  }

 private:
  struct Holder {
    std::string text;
    std::unique_ptr<std::string> other;
  };
  Task<std::size_t> length(std::string text, std::vector<std::string> more) {
    co_await yield();
    co_return text.size() + more.at(0).size() + more.at(1).size();
  }
  Task<std::size_t> weigh(Record record, const Holder& holder) {
    co_return (co_await ask<Measure>(scale_, {*holder.other, std::vector(1, std::move(record))}))
        .value();
  }

  ScaleRef scale_;
};

struct Fixture {
  TestSystem system;
  ScaleRef scale = system.spawn<Scale>("scale");
  ActorRef<Weigher::Protocol> weigher = system.spawn<Weigher>("weigher", scale);
  std::size_t one = long_text.size();

  template <int number>
  std::size_t run() {
    return weigher.ask(Case<number>{}).get().value();
  }
};

TEST(CoAwait, KeepsAnAggregateWithAString) {
  Fixture f;
  EXPECT_EQ(f.run<0>(), 3 * f.one + 1 + 5);
}
TEST(CoAwait, KeepsNestedAggregatesWithVectorsOfStrings) {
  Fixture f;
  EXPECT_EQ(f.run<1>(), 3 * f.one + 1 + 1 + 5);
}
TEST(CoAwait, KeepsAConcatenation) {
  Fixture f;
  EXPECT_EQ(f.run<2>(), 2 * f.one);
}
TEST(CoAwait, TwiceInOneExpressionKeepsBoth) {
  Fixture f;
  EXPECT_EQ(f.run<3>(), 2 * f.one + 2);
}
TEST(CoAwait, WithArgumentsOfATaskThatWaits) {
  Fixture f;
  EXPECT_EQ(f.run<4>(), 2 * f.one + 1);
}
TEST(CoAwait, OfACombinationOfAsks) {
  Fixture f;
  EXPECT_EQ(f.run<5>(), 4 * f.one + 1 + 1 + 5);
}
TEST(CoAwait, InALoopOverATemporary) {
  Fixture f;
  EXPECT_EQ(f.run<6>(), 2 * f.one + 1);
}
TEST(CoAwait, OfATaskThatTakesAReferenceToALocal) {
  Fixture f;
  EXPECT_EQ(f.run<7>(), 4 * f.one + 1);
}

struct Begin {
  using Reply = std::size_t;
};

TEST(CoAwait, MovesAMessageThatWasMadeBefore) {
  TestSystem system;
  auto scale = system.spawn<Scale>("scale");
  auto actor = system.spawn("actor", behavior([scale](Context& self, Begin) -> Task<std::size_t> {
                              Copy copy{"short"};
                              auto first = co_await self.ask(scale, copy);
                              auto second = co_await self.ask(scale, moved(copy));
                              co_return first.value().size() + second.value().size();
                            }));

  EXPECT_EQ(actor.ask(Begin{}).get().value(), 10U);
}

TEST(CoAwait, InABehaviourThatCapturesKeepsItsCaptures) {
  TestSystem system;
  auto scale = system.spawn<Scale>("scale");
  auto actor = system.spawn(
      "actor",
      behavior(std::vector<std::string>{long_text},
               [scale, text = long_text](std::vector<std::string>& state, Context& self,
                                         Begin) -> Task<std::size_t> {
                 state.push_back((co_await self.ask<Copy>(scale, {text + state.at(0)})).value());
                 co_return state.at(1).size();
               }));

  EXPECT_EQ(actor.ask(Begin{}).get().value(), 2 * long_text.size());
}

TEST(CoAwait, ThatIsNeverDoneDestroysItsTemporaries) {
  TestSystem system;
  auto silent = system.spawn(
      "silent",
      behavior(std::vector<std::shared_ptr<ReplyTo<std::string>>>(),
               [](std::vector<std::shared_ptr<ReplyTo<std::string>>>& owed, Context& self, Copy) {
                 auto [reply, later] = self.defer<std::string>();
                 owed.push_back(std::make_shared<ReplyTo<std::string>>(std::move(reply)));
                 return later;
               }));
  auto actor = system.spawn(
      "actor", behavior([silent](Context& self, Begin) -> Task<std::size_t> {
        const std::string local = long_text + "?";
        co_return (co_await self.ask<Copy>(silent, {local + long_text})).value().size();
      }));
  auto answer = actor.ask(Begin{});
  system.run();

  system.stop(actor);

  EXPECT_EQ(answer.get().error().code(), ErrorCode::actor_stopped);
}

}  // namespace
}  // namespace troupe
