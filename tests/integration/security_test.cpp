// Links that are secured by keys: nodes with and without them, over real ZeroMQ on loopback.
#include <gtest/gtest.h>
#include <chrono>
#include <troupe/testkit/eventually.hpp>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/recording_log.hpp>
#include <troupe/transport/security/zmq_keys.hpp>

#include "bank.hpp"

namespace {

using namespace std::chrono_literals;
using bank::Account;
using bank::Balance;
using troupe::ErrorCode;
using troupe::KeyPair;
using troupe::SecuritySettings;
using troupe::testkit::Probe;
using troupe::testkit::RecordingLog;

struct Numbered {
  int number;
};
struct Picture {
  std::string pixels;
};

KeyPair new_keys() { return troupe::generate_keys().value(); }

/// A node with the bank's account, and a log that is read.
struct LoggedNode {
  explicit LoggedNode(std::string name, SecuritySettings security = {},
                      std::string listen = "127.0.0.1:0")
      : log(std::make_shared<RecordingLog>()),
        node({.name = std::move(name),
              .listen = std::move(listen),
              .system = {.workers = 1},
              .security = std::move(security)},
             platform(log)) {
    node.spawn<Account>("account");
  }

  static troupe::Platform platform(std::shared_ptr<RecordingLog> log) {
    troupe::Platform real = troupe::real_platform();
    real.log = std::move(log);
    return real;
  }

  /// The answer of another node's account. A refusal comes long before the ask's time is over.
  [[nodiscard]] troupe::Result<int> ask(const LoggedNode& other) {
    return account_at(other).ask(Balance{}, 30s).get();
  }
  [[nodiscard]] troupe::ActorRef<Account::Protocol> account_at(const LoggedNode& other) {
    return node.select<Account::Protocol>("troupe://" + other.node.address().to_string() +
                                          "/user/account");
  }
  void expect_line(std::string_view text) {
    troupe::testkit::eventually(node.system(), [&] { return !log->lines_with(text).empty(); }, 10s);
  }
  void expect_answer(const LoggedNode& other) {
    troupe::testkit::eventually(node.system(), [&] { return ask(other).ok(); }, 10s);
  }

  std::shared_ptr<RecordingLog> log;
  troupe::Node node;
};

void expect_unreachable(const troupe::Result<int>& answer, std::string_view text) {
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), ErrorCode::node_unreachable);
  EXPECT_NE(answer.error().context().find(text), std::string::npos) << answer.error().context();
  EXPECT_TRUE(answer.error().definitely_not_executed());
}

class Security : public testing::Test {
 protected:
  const KeyPair bank_keys = new_keys();
  const KeyPair shop_keys = new_keys();
  const KeyPair later_keys = new_keys();

  [[nodiscard]] SecuritySettings of_bank() const {
    return {.keys = bank_keys, .trusted = {{"shop", shop_keys.public_key}}};
  }
  [[nodiscard]] SecuritySettings of_shop() const {
    return {.keys = shop_keys, .trusted = {{"bank", bank_keys.public_key}}};
  }
};

TEST_F(Security, NodesThatTrustEachOtherTalkBothWays) {
  LoggedNode bank("bank", of_bank());
  LoggedNode shop("shop", of_shop());

  EXPECT_EQ(shop.ask(bank), 0);
  EXPECT_EQ(bank.ask(shop), 0);
}

TEST_F(Security, LargeMessagesKeepTheirBytesAndTheirPlaceAmongSmallOnes) {
  LoggedNode bank("bank", of_bank());
  LoggedNode shop("shop", of_shop());
  Probe probe(bank.node.system(), "probe");
  const auto there = shop.node.select<troupe::Accepts<Numbered, Picture>>(
      "troupe://" + bank.node.address().to_string() + "/user/probe");
  std::string pixels(1'000'000, '\0');
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<char>(i * 31 >> 3U);

  for (int i = 0; i < 10; ++i) {
    there.tell(Numbered{i});
    there.tell(Picture{pixels});
  }

  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(probe.expect<Numbered>(10s).number, i);
    ASSERT_TRUE(probe.expect<Picture>(10s).pixels == pixels);
  }
  EXPECT_EQ(shop.node.link_counts().dropped(ErrorCode::node_unreachable), 0U);
}

TEST_F(Security, AKeyThatIsNotListedIsRefusedAndLoggedOnce) {
  LoggedNode bank("bank", of_bank());
  LoggedNode stranger("stranger",
                      {.keys = later_keys, .trusted = {{"bank", bank_keys.public_key}}});

  expect_unreachable(stranger.ask(bank), "stranger " + later_keys.public_key);

  troupe::testkit::eventually(
      bank.node.system(), [&] { return bank.node.link_counts().refused(ErrorCode::refused) >= 3; },
      10s);
  EXPECT_EQ(bank.log->lines_with(later_keys.public_key).size(), 1U);
  EXPECT_EQ(bank.node.link_counts().frames_received, 0U);
}

TEST_F(Security, APlainNodeGetsNowhereAtASecuredOne) {
  LoggedNode bank("bank", of_bank());
  LoggedNode plain("shop");

  expect_unreachable(plain.ask(bank), "keys");

  plain.expect_line("keys");
  bank.expect_line("give both of them keys, or neither");
  EXPECT_EQ(bank.node.link_counts().frames_received, 0U);
}

TEST_F(Security, ASecuredNodeGetsNowhereAtAPlainOne) {
  LoggedNode plain("bank");
  LoggedNode shop("shop", of_shop());

  expect_unreachable(shop.ask(plain), "keys");

  shop.expect_line("keys");
  plain.expect_line("give both of them keys, or neither");
  EXPECT_EQ(plain.node.link_counts().frames_received, 0U);
}

TEST_F(Security, ANodeThatNobodyTrustsIsNotDialled) {
  LoggedNode bank("bank", of_bank());
  LoggedNode shop("shop", {.keys = shop_keys});

  expect_unreachable(shop.ask(bank), "no key is trusted for the node bank");

  EXPECT_EQ(bank.node.link_counts().refused(ErrorCode::refused), 0U);
}

TEST_F(Security, ANodeThatUsesAnothersNameIsRefused) {
  SecuritySettings trusting = of_bank();
  trusting.trusted.push_back({"mallory", later_keys.public_key});
  LoggedNode bank("bank", trusting);
  LoggedNode mallory("shop", {.keys = later_keys, .trusted = {{"bank", bank_keys.public_key}}});

  const auto answer = mallory.ask(bank);

  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), ErrorCode::node_unreachable);
  bank.expect_line("its key is not one of the node shop's");
  EXPECT_EQ(bank.node.link_counts().asks_received, 0U);
}

TEST_F(Security, ANodeThatListensWithAnotherKeyHearsNothing) {
  LoggedNode impostor("bank", {.keys = later_keys, .trusted = {{"shop", shop_keys.public_key}}});
  LoggedNode shop("shop", of_shop());

  expect_unreachable(shop.ask(impostor), bank_keys.public_key);

  impostor.expect_line("another key than this node's");
  EXPECT_EQ(impostor.node.link_counts().frames_received, 0U);
}

TEST_F(Security, AnotherKeyThatIsTrustedForTheNodeIsTriedBeforeAnAskFails) {
  LoggedNode bank("bank", of_bank());
  SecuritySettings trusting = of_shop();
  trusting.trusted = {{"bank", later_keys.public_key}, {"bank", bank_keys.public_key}};
  LoggedNode shop("shop", trusting);

  EXPECT_EQ(shop.ask(bank), 0);
}

TEST_F(Security, TheKeyOfADiallerChangesWhileTellsFlow) {
  SecuritySettings both = of_bank();
  both.trusted.push_back({"shop", later_keys.public_key});
  SecuritySettings only_later = of_bank();
  only_later.trusted = {{"shop", later_keys.public_key}};
  SecuritySettings rekeyed = of_shop();
  rekeyed.keys = later_keys;
  LoggedNode bank("bank", both);
  LoggedNode shop("shop", of_shop());
  Probe probe(bank.node.system(), "probe");
  const auto there = shop.node.select<troupe::Accepts<Numbered>>(
      "troupe://" + bank.node.address().to_string() + "/user/probe");
  ASSERT_TRUE(shop.ask(bank).ok());

  for (int i = 0; i < 2'000; ++i) {
    if (i == 1'000) {
      ASSERT_TRUE(shop.node.secure(rekeyed).ok());
    }
    there.tell(Numbered{i});
  }

  for (int i = 0; i < 2'000; ++i) ASSERT_EQ(probe.expect<Numbered>(10s).number, i);
  ASSERT_TRUE(bank.node.secure(only_later).ok());
  shop.expect_answer(bank);
}

TEST_F(Security, TheKeyOfAListenerChangesWhileTellsFlow) {
  SecuritySettings rekeyed = of_bank();
  rekeyed.keys = later_keys;
  SecuritySettings both = of_shop();
  both.trusted.push_back({"bank", later_keys.public_key});
  SecuritySettings only_later = of_shop();
  only_later.trusted = {{"bank", later_keys.public_key}};
  LoggedNode bank("bank", of_bank());
  LoggedNode shop("shop", both);
  const auto address = bank.node.address();
  Probe probe(bank.node.system(), "probe");
  const auto there = shop.node.select<troupe::Accepts<Numbered>>(
      "troupe://" + bank.node.address().to_string() + "/user/probe");
  ASSERT_TRUE(shop.ask(bank).ok());

  ASSERT_TRUE(bank.node.secure(rekeyed).ok());
  int told = 0;
  const auto is_back = [&] {
    there.tell(Numbered{++told});
    return !shop.log->lines_with("is reachable again").empty();
  };
  troupe::testkit::eventually(shop.node.system(), is_back, 10s);
  ASSERT_TRUE(shop.node.secure(only_later).ok());
  shop.expect_answer(bank);
  there.tell(Numbered{++told});

  int last = 0;
  while (last != told) {
    const int next = probe.expect<Numbered>(10s).number;
    ASSERT_GT(next, last);
    last = next;
  }
  EXPECT_EQ(bank.node.address(), address);
  LoggedNode behind("shop", of_shop());
  expect_unreachable(behind.ask(bank), "not the one that is trusted for the node bank");
}

TEST_F(Security, AKeyThatIsTakenAwayIsNotHeardAnyMore) {
  LoggedNode bank("bank", of_bank());
  LoggedNode shop("shop", of_shop());
  ASSERT_TRUE(shop.ask(bank).ok());

  ASSERT_TRUE(bank.node.secure({.keys = bank_keys}).ok());

  troupe::testkit::eventually(shop.node.system(), [&] { return !shop.ask(bank).ok(); }, 10s);
  bank.expect_line("its key is not trusted any more");
  shop.expect_line(shop_keys.public_key + " is not trusted any more");
  const auto heard = bank.node.link_counts().asks_received;
  EXPECT_FALSE(shop.ask(bank).ok());
  EXPECT_EQ(bank.node.link_counts().asks_received, heard);
}

TEST_F(Security, AKeyThatIsTakenAwayIsNotSpokenToAnyMore) {
  LoggedNode bank("bank", of_bank());
  LoggedNode shop("shop", of_shop());
  ASSERT_TRUE(shop.ask(bank).ok());
  auto answer = shop.account_at(bank).ask(bank::Audit{}, 60s);

  ASSERT_TRUE(shop.node.secure({.keys = shop_keys}).ok());

  const auto result = answer.get();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), ErrorCode::node_unreachable);
  EXPECT_FALSE(shop.ask(bank).ok());
}

TEST_F(Security, KeysThatDoNotBelongTogetherAreRefusedWithAReason) {
  const KeyPair mixed{bank_keys.public_key, shop_keys.secret_key};
  const troupe::NodeSettings settings{.security = {.keys = mixed}};

  const auto checked = settings.validate();

  ASSERT_FALSE(checked.ok());
  EXPECT_NE(checked.error().context().find("is not that of keys.secret_key"), std::string::npos);
  EXPECT_EQ(checked.error().context().find(shop_keys.secret_key), std::string::npos);
}

TEST_F(Security, SecurityIsNeitherTurnedOnNorOffWhileANodeRuns) {
  LoggedNode plain("plain");
  LoggedNode bank("bank", of_bank());

  EXPECT_EQ(plain.node.secure(of_bank()).error().code(), ErrorCode::invalid_setting);
  EXPECT_EQ(bank.node.secure({}).error().code(), ErrorCode::invalid_setting);
}

}  // namespace
