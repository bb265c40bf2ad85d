// Tests of the order of a refusal: when an asker hears of it, the books hold it already.

#include <gtest/gtest.h>

#include <string>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>
#include <vector>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::TestSystem;

struct Ask {
  using Reply = int;
};
struct Other {
  using Reply = int;
};

/// What the books held when the asker heard.
struct Heard {
  ErrorCode code{};
  std::uint64_t dead = 0;
  SystemCounts counts;
};

class Answering : public Actor {
 public:
  using Protocol = Accepts<Ask>;
  int on(Ask) { return 1; }
};

struct BooksFirst : testing::Test {
  Heard ask(const AnyRef& ref, auto request) {
    Heard heard;
    auto done = ref.ask(std::move(request), 1s).then([&](Result<int> answer) {
      heard.code = answer.error().code();
      heard.dead = system.actors().dead_letters().total();
      heard.counts = system.actors().counts();
    });
    system.run();
    static_cast<void>(done.get());
    return heard;
  }
  void expect_booked(const Heard& heard, ErrorCode code) {
    EXPECT_EQ(heard.code, code);
    EXPECT_EQ(heard.dead, 1U);
    EXPECT_EQ(heard.counts.dropped, 1U);
    EXPECT_EQ(heard.counts.sent, heard.counts.handled + heard.counts.dropped);
  }
  TestSystem system;
};

TEST_F(BooksFirst, HoldARefusalByAnActorThatHasEnded) {
  auto actor = system.spawn<Answering>("actor");
  system.stop(actor);
  system.run();
  expect_booked(ask(actor, Ask{}), ErrorCode::actor_stopped);
}

TEST_F(BooksFirst, HoldARefusalByAFullMailbox) {
  auto actor = system.actors().spawn<Answering>("actor", with(bounded(1, Overflow::drop_new)));
  auto first = actor.ask(Ask{});
  Heard heard;
  auto second = actor.ask(Ask{}).then([&](Result<int> answer) {
    heard.code = answer.error().code();
    heard.dead = system.actors().dead_letters().total();
  });
  EXPECT_EQ(heard.code, ErrorCode::mailbox_full);
  EXPECT_EQ(heard.dead, 1U);
  EXPECT_TRUE(first.get().ok());
}

TEST_F(BooksFirst, HoldAMessageThatNoHandlerTakes) {
  auto actor = system.spawn<Answering>("actor");
  expect_booked(ask(actor, Other{}), ErrorCode::unknown_type);
}

TEST_F(BooksFirst, HoldARequestToARouterWithoutRoutees) {
  auto routee = system.spawn<Answering>("routee");
  auto router = system.spawn("router", group<Answering::Protocol>({routee}, round_robin()));
  system.stop(routee);
  system.run();
  expect_booked(ask(router, Ask{}), ErrorCode::no_such_actor);
}

TEST_F(BooksFirst, AreNobodysOfWhatIsSentToNobodyFromOutside) {
  auto actor = system.spawn<Answering>("actor");
  system.stop(actor);
  system.run();
  const ActorRef<Answering::Protocol> nobody;
  EXPECT_FALSE(nobody.ask(Ask{}).get().ok());
  expect_booked(ask(actor, Ask{}), ErrorCode::actor_stopped);
}

}  // namespace
}  // namespace troupe
