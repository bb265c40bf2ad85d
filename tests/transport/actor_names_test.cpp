// Refs to actors on other nodes know the path that the actor has there.
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <troupe/actor/ref_codec.hpp>
#include <troupe/transport/outgoing/actor_names.hpp>
#include <utility>
#include <vector>

#include "nodes_fixture.hpp"

namespace troupe::transport {
namespace {

using namespace std::chrono_literals;

struct Hello {
  int number = 0;
};
struct Introduction {
  AnyRef whom;
  std::string padding;
};
struct WhoIsThere {
  using Reply = AnyRef;
};
struct SayHello {
  AnyRef to;
  AnyRef about;
  std::size_t padding = 0;
};
struct Grow {
  std::string name;
};

/// Introduces others, and itself; has children.
class Host : public Actor {
 public:
  using Protocol = Accepts<WhoIsThere, SayHello, Grow>;
  AnyRef on(WhoIsThere) { return AnyRef(self()); }
  void on(SayHello order) {
    order.to.tell(Hello{1});
    order.to.tell(Introduction{order.about, std::string(order.padding, '.')});
  }
  void on(const Grow& order) { static_cast<void>(spawn<Host>(order.name)); }
};

/// Writes down the paths that it sees, in the handler that it sees them in.
class Guest : public Actor {
 public:
  using Protocol = Accepts<Hello, Introduction>;
  explicit Guest(std::vector<std::string>* seen) : seen_(seen) {}
  void on(Hello) { seen_->push_back(sender().path()); }
  void on(const Introduction& one) { seen_->push_back(one.whom.path()); }

 private:
  std::vector<std::string>* seen_;
};

const NodeAddress red{"red", "10.0.0.1", 7001};
const NodeAddress blue{"blue", "10.0.0.2", 7001};

class ActorNames : public NodesFixture {
 protected:
  /// What the guest on `red` sees of a host on `blue` who introduces somebody there.
  [[nodiscard]] std::vector<std::string> introduce(AnyRef from, AnyRef about,
                                                   std::size_t padding = 0) {
    seen.clear();
    from.tell(
        SayHello{AnyRef(second.select<Guest::Protocol>(first, "/user/guest")), about, padding});
    world->run_for(1s);
    return std::exchange(seen, {});
  }
  [[nodiscard]] static std::string there(std::string_view local) {
    return "troupe://blue@10.0.0.2:7001" + std::string(local);
  }

  std::vector<std::string> seen;
  SimulatedNode first{network, 1, red};
  SimulatedNode second{network, 2, blue};
  ActorRef<Guest::Protocol> guest = first.system.spawn<Guest>("guest", &seen);
  ActorRef<Host::Protocol> host = second.system.spawn<Host>("host");
};

TEST_F(ActorNames, AreThoseOfTheActorsNodeInAnswersAtOnce) {
  const auto answer =
      first.select<Host::Protocol>(second, "/user/host").ask(WhoIsThere{}, 1s).get();

  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->path(), there("/user/host"));
}

TEST_F(ActorNames, AreKnownInTheHandlerThatSeesTheRefFirst) {
  const auto other = second.system.spawn<Host>("other");

  EXPECT_EQ(introduce(host, other), (std::vector{there("/user/host"), there("/user/other")}));
}

TEST_F(ActorNames, OfChildrenAreTheWholePath) {
  host.tell(Grow{"child"});
  world->run_for(1s);
  const auto answer =
      first.select<Host::Protocol>(second, "/user/host/child").ask(WhoIsThere{}, 1s).get();

  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->path(), there("/user/host/child"));
}

TEST_F(ActorNames, ComeBeforeLargeMessagesToo) {
  const auto other = second.system.spawn<Host>("other");

  EXPECT_EQ(introduce(host, other, 200'000),
            (std::vector{there("/user/host"), there("/user/other")}));
}

TEST_F(ActorNames, AreToldOnceInASession) {
  const auto other = second.system.spawn<Host>("other");
  static_cast<void>(introduce(host, other));
  const std::uint64_t before = second.transport.counts().bytes_sent;
  static_cast<void>(introduce(host, other));
  const std::uint64_t second_time = second.transport.counts().bytes_sent - before;
  const std::uint64_t third_before = second.transport.counts().bytes_sent;
  static_cast<void>(
      introduce(host, second.system.spawn<Host>("one-with-a-name-of-forty-bytes-so-to-say")));

  EXPECT_GT(second.transport.counts().bytes_sent - third_before, second_time + 40);
}

TEST_F(ActorNames, AreKnownInTheNextSessionOfTheSameLives) {
  const auto other = second.system.spawn<Host>("other");
  static_cast<void>(introduce(host, other));
  second.lose_connections();
  first.lose_connections();
  world->run_for(5s);

  EXPECT_EQ(introduce(host, other), (std::vector{there("/user/host"), there("/user/other")}));
}

TEST_F(ActorNames, OfActorsWithoutOneAreTheirIds) {
  const auto nameless = second.system.spawn<Host>();

  const auto paths = introduce(host, nameless);

  ASSERT_EQ(paths.size(), 2U);
  EXPECT_TRUE(paths[1].starts_with(there("/$"))) << paths[1];
}

TEST_F(ActorNames, OfAnActorThatHasEndedStayKnown) {
  const auto other = second.system.spawn<Host>("other");
  const auto answer =
      first.select<Host::Protocol>(second, "/user/other").ask(WhoIsThere{}, 1s).get();
  second.system.stop(other);
  world->run_for(1s);

  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->path(), there("/user/other"));
}

TEST_F(ActorNames, AreForgottenWithTheLifeOfTheNode) {
  std::optional<SimulatedNode> third(std::in_place, network, 3,
                                     NodeAddress{"green", "10.0.0.3", 7001});
  third->system.spawn<Host>("host");
  const auto answer =
      first.select<Host::Protocol>(*third, "/user/host").ask(WhoIsThere{}, 1s).get();
  ASSERT_TRUE(answer.ok());
  ASSERT_EQ(answer->path(), "troupe://green@10.0.0.3:7001/user/host");

  third.reset();
  world->run_for(1h);

  EXPECT_EQ(answer->path().find("/user/host"), std::string::npos) << answer->path();
  EXPECT_EQ(first.transport.counts().peers_now, 0U);
}

TEST_F(ActorNames, ComeWithMessagesThatHaveWaitedForTheirLife) {
  SimulatedNode third{network, 3, {"green", "10.0.0.3", 7001}};
  third.system.spawn<Host>("host");

  first.select<Host::Protocol>(third, "/user/host").tell(SayHello{guest, guest});
  world->run_for(1s);

  EXPECT_EQ(seen,
            (std::vector<std::string>{"troupe://green@10.0.0.3:7001/user/host", "/user/guest"}));
}

struct Hire {
  static constexpr bool local_message = true;
  NodeAddress node;
  std::vector<AnyRef> known;
};
struct Knows {
  using Reply = std::vector<std::string>;
};

/// Is given refs when it is made, and tells their paths.
class Apprentice : public Actor {
 public:
  using Protocol = Accepts<Knows>;
  explicit Apprentice(std::vector<AnyRef> known) : known_(std::move(known)) {}
  std::vector<std::string> on(Knows) {
    std::vector<std::string> paths;
    for (const AnyRef& one : known_) paths.push_back(one.path());
    return paths;
  }

 private:
  std::vector<AnyRef> known_;
};

class Master : public Actor {
 public:
  using Protocol = Accepts<Hire, Knows>;
  Task<void, reentrant> on(Hire order) {
    apprentice_ = (co_await spawn_on<Apprentice>(order.node, "apprentice", order.known)).value();
  }
  Task<std::vector<std::string>> on(Knows) {
    auto known = co_await ask<Knows>(apprentice_, {});
    co_return known;
  }

 private:
  ActorRef<Apprentice::Protocol> apprentice_;
};

TEST_F(ActorNames, ComeWithTheArgumentsOfAChildThatIsMadeThere) {
  SimulatedNode third{network, 3, {"green", "10.0.0.3", 7001}};
  third.system.offers<Apprentice, std::vector<AnyRef>>("apprentice");
  const AnyRef nameless(first.system.spawn<Guest>("", &seen));
  const AnyRef there =
      first.select<Host::Protocol>(second, "/user/host").ask(WhoIsThere{}, 1s).get().value();
  const auto master = first.system.spawn<Master>("master");
  master.tell(Hire{{"green", "10.0.0.3", 7001}, {guest, there, nameless}});
  world->run_for(1s);
  const auto paths = master.ask(Knows{}, 1s).get();

  ASSERT_TRUE(paths.ok());
  EXPECT_EQ(paths->at(0), "troupe://red@10.0.0.1:7001/user/guest");
  EXPECT_EQ(paths->at(1), "troupe://blue@10.0.0.2:7001/user/host");
  EXPECT_TRUE(paths->at(2).starts_with("troupe://red@10.0.0.1:7001/$")) << paths->at(2);
}

TEST(ToldNames, AreToldOncePerLane) {
  ToldNames told;

  EXPECT_TRUE(told.must_tell(1, Lane::ordinary));
  EXPECT_FALSE(told.must_tell(1, Lane::ordinary));
  EXPECT_TRUE(told.must_tell(2, Lane::ordinary));
  EXPECT_FALSE(told.must_tell(1, Lane::ordinary));
  EXPECT_TRUE(told.must_tell(1, Lane::large));
  EXPECT_FALSE(told.must_tell(1, Lane::large));
  told.clear();
  EXPECT_TRUE(told.must_tell(1, Lane::ordinary));
}

TEST(ToldNames, AreBoundedAndTheOldestIsToldAgain) {
  ToldNames told;
  for (std::uint64_t actor = 1; actor <= 10 * told_names_max; ++actor) {
    EXPECT_TRUE(told.must_tell(actor, Lane::ordinary));
  }

  EXPECT_EQ(told.size(), told_names_max);
  EXPECT_TRUE(told.must_tell(1, Lane::ordinary));
  EXPECT_FALSE(told.must_tell(10 * told_names_max, Lane::ordinary));
}

TEST(HeardNames, AreBoundedInNumberAndBytes) {
  HeardNames heard;
  for (std::uint64_t actor = 1; actor <= 3 * heard_names_max; ++actor) {
    EXPECT_TRUE(heard.learn(actor, "/user/" + std::to_string(actor)));
  }
  EXPECT_EQ(heard.size(), heard_names_max);
  EXPECT_EQ(heard.path_of(1), std::nullopt);
  EXPECT_EQ(heard.path_of(3 * heard_names_max), "/user/" + std::to_string(3 * heard_names_max));

  const std::string longest = "/user/" + std::string(told_name_bytes_max - 6, 'a');
  for (std::uint64_t actor = 1; actor <= 3 * heard_names_max; ++actor) {
    EXPECT_TRUE(heard.learn(actor, longest));
  }
  EXPECT_LE(heard.bytes(), heard_names_bytes_max);
  EXPECT_EQ(heard.bytes(), heard.size() * told_name_bytes_max);
}

TEST(HeardNames, AreThePathsOfTheNodeAndNothingElse) {
  HeardNames heard;
  EXPECT_TRUE(heard.learn(7, "/user/account"));
  for (const std::string& text :
       {std::string(), std::string("account"), std::string("troupe://a@h:1/user/b"),
        std::string("/user/\n"), std::string("/user/\x1b[31m"), std::string("/user/\xff"),
        std::string("/user//b"), std::string("/user/ b"), std::string("/user/b/"),
        "/user/" + std::string(told_name_bytes_max, 'a')}) {
    EXPECT_FALSE(heard.learn(7, text)) << text;
  }
  EXPECT_EQ(heard.path_of(7), "/user/account");
  EXPECT_EQ(heard.bytes(), std::string_view("/user/account").size());
}

}  // namespace
}  // namespace troupe::transport
