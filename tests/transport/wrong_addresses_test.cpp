#include <gtest/gtest.h>
#include <troupe/transport/sockets/wrong_addresses.hpp>

namespace troupe::transport {
namespace {

using Addresses = std::vector<std::string>;

Addresses sorted(const WrongAddresses& wrong, const std::string& node, Addresses addresses) {
  wrong.put_last(node, addresses);
  return addresses;
}

TEST(WrongAddresses, ComeAfterTheOthersWhoseOrderStays) {
  WrongAddresses wrong;
  wrong.note("a@host:1", "::1");

  EXPECT_EQ(sorted(wrong, "a@host:1", {"::1", "10.0.0.2", "10.0.0.1"}),
            (Addresses{"10.0.0.2", "10.0.0.1", "::1"}));
}

TEST(WrongAddresses, ThatAreAllOfAHostsAreTriedInTurn) {
  WrongAddresses wrong;
  const Addresses all{"::1", "10.0.0.1", "10.0.0.2"};
  Addresses tried;
  for (int i = 0; i < 6; ++i) {
    tried.push_back(sorted(wrong, "a@host:1", all).front());
    wrong.note("a@host:1", tried.back());
  }

  EXPECT_EQ(tried, (Addresses{"::1", "10.0.0.1", "10.0.0.2", "::1", "10.0.0.1", "10.0.0.2"}));
}

TEST(WrongAddresses, AreThoseOfOneNodeAlone) {
  WrongAddresses wrong;
  wrong.note("a@host:1", "::1");

  const Addresses all{"::1", "10.0.0.1"};
  for (const std::string node : {"b@host:1", "a@host:2", "a@other:1"}) {
    EXPECT_EQ(sorted(wrong, node, all), all) << node;
  }
}

TEST(WrongAddresses, ThatAHostHasNoMoreChangeNothing) {
  WrongAddresses wrong;
  wrong.note("a@host:1", "::1");

  EXPECT_EQ(sorted(wrong, "a@host:1", {"10.0.0.1"}), Addresses{"10.0.0.1"});
  EXPECT_EQ(sorted(wrong, "a@host:1", {}), Addresses{});
}

TEST(WrongAddresses, AreKeptInLimits) {
  WrongAddresses wrong;
  for (std::size_t i = 0; i <= WrongAddresses::nodes_max; ++i) {
    wrong.note("a@host:" + std::to_string(i), "::1");
  }
  for (std::size_t i = 0; i <= DialPlan::addresses_max; ++i) {
    wrong.note("a@host:1", "10.0.0." + std::to_string(i));
  }

  const Addresses all{"::1", "10.0.0.0", "10.0.0.9"};
  EXPECT_EQ(sorted(wrong, "a@host:0", all), all) << "the one that was noted first";
  EXPECT_EQ(sorted(wrong, "a@host:1", all), all) << "all but the latest";
  EXPECT_EQ(sorted(wrong, "a@host:2", all), (Addresses{"10.0.0.0", "10.0.0.9", "::1"}));
}

}  // namespace
}  // namespace troupe::transport
