// A node can all that an actor system can.
#include <gtest/gtest.h>

#include <troupe/troupe.hpp>

namespace troupe {
namespace {

struct Ask {
  using Reply = int;
};
struct Stray {};

class Actor42 : public Actor {
 public:
  using Protocol = Accepts<Ask>;
  int on(Ask) { return 42; }
};

struct NodeOfItsOwn : testing::Test {
  Node node{{.name = "node", .listen = "127.0.0.1:0"}, real_platform(LogLevel::off)};
};

TEST_F(NodeOfItsOwn, SpawnsFindsAndEndsActors) {
  const RefTo<Actor42> one = node.spawn<Actor42>("one");

  EXPECT_EQ(node.try_spawn<Actor42>("one").error().code(), ErrorCode::name_taken);
  EXPECT_TRUE(node.try_spawn("two", behavior([](Ask) { return 2; })).ok());
  EXPECT_EQ(node.find<Actor42>("/user/one"), one);
  EXPECT_EQ(node.find_any(node.path_of(one)), AnyRef(one));
  EXPECT_EQ(node.select<Actor42>(node.path_of(one)), one);
  EXPECT_EQ(node.select_any("/user/one"), AnyRef(one));
  EXPECT_EQ(node.depth_of(one).get().value(), MailboxDepth());
  node.stop(one);
  EXPECT_TRUE(node.stopped(one).get().ok());
  EXPECT_EQ(node.try_find<Actor42>("/user/one").error().code(), ErrorCode::no_such_actor);
  EXPECT_EQ(node.try_select_any("one").error().code(), ErrorCode::invalid_path);
}

TEST_F(NodeOfItsOwn, AsksTemporaryActorsAndKeepsBooks) {
  EXPECT_EQ(node.ask<Actor42>(Ask{}).get(), 42);

  AnyRef().tell(Stray{});
  const AnyRef one = node.spawn<Actor42>("one");
  node.kill(one);
  EXPECT_TRUE(node.stopped(one).get().ok());
  one.tell(Stray{});
  EXPECT_EQ(node.dead_letters().total(), 1U);
  EXPECT_EQ(node.counts().dropped, 1U);
  EXPECT_EQ(node.counts().sent, node.counts().handled + node.counts().dropped);
  EXPECT_EQ(node.link_counts().sent, 0U);
  EXPECT_EQ(node.name(), "node");
}

TEST_F(NodeOfItsOwn, OffersAClassOnce) {
  node.offers<Actor42>("actor");
  EXPECT_EQ(node.try_offers<Actor42>("actor").error().code(), ErrorCode::name_taken);
  EXPECT_THROW(node.offers<Actor42>("actor"), Failure);
}

}  // namespace
}  // namespace troupe
