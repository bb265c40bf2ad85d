// Which messages an actor accepts, as it says itself. How much waits for it: mailbox_depth_test.
#include <gtest/gtest.h>
#include <troupe/actor/behavior.hpp>
#include <troupe/actor/ports/inquiry.hpp>
#include <troupe/actor/router.hpp>
#include <troupe/testkit/test_system.hpp>

#include "fake_link.hpp"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::TestSystem;

struct Work {};
struct Look {
  using Reply = int;
};
struct Secret {};
struct Close {};
struct Here {
  static constexpr bool local_message = true;
};

class Clerk : public Actor {
 public:
  using Protocol = Accepts<Work, Look, Here>;
  using Private = Accepts<Secret>;
  void on(Work) {}
  int on(Look) { return 7; }
  void on(Here) {}
  void on(Secret) {}
};

/// The types' names behind their last colons, in a fixed order.
std::vector<std::string> accepted(const AnyRef& ref) {
  std::vector<std::string> names;
  const auto answer = runtime::ask_accepted_types(ref, 1s).get();
  for (const runtime::MessageType* type : answer.value().types) {
    names.emplace_back(type->name.substr(type->name.rfind(':') + 1));
  }
  std::ranges::sort(names);
  return names;
}

using Names = std::vector<std::string>;

TEST(AcceptedTypes, OfAClassAreThoseOfItsProtocolThatOtherNodesCanSend) {
  TestSystem system;
  EXPECT_EQ(accepted(system.spawn<Clerk>("clerk")), (Names{"Look", "Work"}));
}

TEST(AcceptedTypes, OfABehaviourAreThoseThatItHasHandlersForNow) {
  TestSystem system;
  const auto door = system.actors().spawn(
      "door",
      behavior([](Work) {}, [](Close) -> AnyBehavior { return behavior([](Look) { return 1; }); }));
  EXPECT_EQ(accepted(door), (Names{"Close", "Work"}));
  door.tell(Close{});
  system.run();
  EXPECT_EQ(accepted(door), Names{"Look"});
}

TEST(AcceptedTypes, OfAPoolAreThoseOfItsRoutees) {
  TestSystem system;
  EXPECT_EQ(accepted(system.actors().spawn("pool", pool<Clerk>({.routees = 2}))),
            (Names{"Look", "Work"}));
}

TEST(AcceptedTypes, AreToldAheadOfWhatWaits) {
  TestSystem system;
  const auto clerk = system.spawn<Clerk>("clerk");
  for (int i = 0; i < 3; ++i) clerk.tell(Work{});
  EXPECT_EQ(accepted(clerk), (Names{"Look", "Work"}));
}

TEST(AcceptedTypes, OfWhoHasEndedOrIsElsewhereAreAnError) {
  TestSystem system;
  FakeLink link{system.actors()};
  const auto clerk = system.spawn<Clerk>("clerk");
  system.stop(clerk);
  system.run();
  const auto code = [](const AnyRef& ref, Duration timeout = 1s) {
    return runtime::ask_accepted_types(ref, timeout).get().error().code();
  };
  EXPECT_EQ(code(clerk), ErrorCode::actor_stopped);
  EXPECT_EQ(code(AnyRef()), ErrorCode::no_such_actor);
  EXPECT_EQ(code(link.actor(9)), ErrorCode::no_such_actor);
  EXPECT_EQ(code(clerk, -1ms), ErrorCode::invalid_setting);
}

}  // namespace
}  // namespace troupe
