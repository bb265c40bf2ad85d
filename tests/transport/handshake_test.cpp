#include <gtest/gtest.h>

#include <troupe/transport/sessions/handshake.hpp>

namespace {

using namespace troupe::transport;
using troupe::ErrorCode;
using troupe::NodeAddress;
using troupe::Result;
using Kind = WelcomeAction::Kind;

const NodeAddress here{"shop", "shop.example", 7000};
const NodeAddress there{"stock", "stock.example", 7000};

constexpr std::string_view stock = "stock@stock.example:7000";

/// Of the first session of a node.
Hello hello_of(std::string_view address, std::uint64_t incarnation) {
  Hello hello;
  hello.incarnation = incarnation;
  hello.session = 1;
  hello.address = address;
  return hello;
}

/// The answer of a node's seventh life to session 5.
Welcome welcome_of(std::string_view address) {
  Welcome welcome;
  welcome.incarnation = 7;
  welcome.address = address;
  welcome.session = 5;
  return welcome;
}

/// A node that knows of nobody.
struct Here {
  NodeIdentity self{here, 1};
  troupe::TransportSettings settings;
  KeyRing keys{troupe::SecuritySettings{}};
  EndedLives ended{100};
  PairEpochs epochs;
  Handshake handshake{self, settings, keys, ended, epochs};

  [[nodiscard]] Result<ValidHello> validate(Hello hello, bool is_leaving = false) const {
    if (hello.cluster.empty()) hello.cluster = settings.cluster;
    return handshake.on_hello(hello, "", [=](const NodeIdentity&) { return is_leaving; });
  }
  [[nodiscard]] WelcomeAction validate(
      const Welcome& welcome, AssociationState state = AssociationState::handshaking) const {
    return handshake.on_welcome(welcome, there, state, 5);
  }
};

TEST(Handshake, TakesAHelloOfTheClusterInAVersionInCommon) {
  const Here node;
  Hello hello = hello_of(stock, 7);

  const auto valid = node.validate(hello);
  ASSERT_TRUE(valid.ok());
  EXPECT_EQ(valid->life, (NodeIdentity{there, 7}));
  EXPECT_TRUE(valid->begins);

  hello.cluster = "other";
  EXPECT_EQ(node.validate(hello).error().code(), ErrorCode::refused);
  hello.cluster = {};
  hello.versions = {200, 201};
  EXPECT_EQ(node.validate(hello).error().code(), ErrorCode::refused);
}

TEST(Handshake, BeginsNothingForWhoOnlyAsksOrWantsAnother) {
  const Here node;
  Hello hello = hello_of(stock, 7);

  hello.wanted = "shop";
  EXPECT_TRUE(node.validate(hello)->begins);
  hello.wanted = "bank";
  EXPECT_FALSE(node.validate(hello)->begins);
  hello.wanted = {};
  hello.session = 0;
  EXPECT_FALSE(node.validate(hello)->begins);
}

TEST(Handshake, RefusesALifeThatIsOverUnlessItsFarewellOvertookTheHello) {
  Here node;
  node.ended.add({there, 7}, EndedLives::Cause::left);

  EXPECT_EQ(node.validate(hello_of(stock, 7)).error().code(), ErrorCode::node_down);
  EXPECT_TRUE(node.validate(hello_of(stock, 7), true).ok());
  EXPECT_TRUE(node.validate(hello_of(stock, 8)).ok());
}

TEST(Handshake, RefusesAnotherProcessWithItsOwnNameAndAddress) {
  const Here node;

  EXPECT_EQ(node.validate(hello_of("shop@shop.example:7000", 2)).error().code(),
            ErrorCode::name_taken);
  EXPECT_TRUE(node.validate(hello_of("shop@shop.example:7000", 1)).ok());
}

TEST(Handshake, MeetsTheNodeThatWasDialled) {
  const Here node;

  const WelcomeAction action = node.validate(welcome_of(stock));
  EXPECT_EQ(action.kind, Kind::meet);
  EXPECT_EQ(action.address, there);
  EXPECT_EQ(action.version, protocol_versions.max);
}

TEST(Handshake, KnowsAnAliasFromAnotherNode) {
  const Here node;

  const WelcomeAction alias = node.validate(welcome_of("stock@10.0.0.7:7000"));
  EXPECT_EQ(alias.kind, Kind::find_alias);
  EXPECT_EQ(alias.address.host, "10.0.0.7");
  EXPECT_EQ(node.validate(welcome_of("bank@bank.example:7000")).kind, Kind::fail_dial);
}

TEST(Handshake, PassesOverWelcomesOfSessionsThatAreOver) {
  const Here node;
  Welcome welcome = welcome_of(stock);

  EXPECT_EQ(node.validate(welcome, AssociationState::idle).kind, Kind::pass_over_late);
  welcome.session = 4;
  EXPECT_EQ(node.validate(welcome).kind, Kind::pass_over);
}

TEST(Handshake, LosesANodeThatSpeaksNoCommonVersionOrIsOver) {
  Here node;
  Welcome welcome = welcome_of(stock);

  welcome.versions = {200, 201};
  EXPECT_EQ(node.validate(welcome).kind, Kind::lose);
  node.ended.add({there, 7}, EndedLives::Cause::lost);
  EXPECT_EQ(node.validate(welcome_of(stock)).kind, Kind::lose);
}

}  // namespace
