// Two processes that were built from different versions of the same messages.
#include <gtest/gtest.h>
#include <troupe/testkit/eventually.hpp>

#include "child_process.hpp"
#include "shop.hpp"

namespace {

using namespace std::chrono_literals;
using troupe::ErrorCode;

/// The shop of yesterday is here, that of today in a process of its own.
class TwoVersions : public testing::Test {
 protected:
  [[nodiscard]] std::string orders_there() { return there.ask(shop::Orders{}, 10s).get().value(); }
  [[nodiscard]] std::string orders_here() { return here.ask(shop::Orders{}, 10s).get().value(); }

  ChildProcess process{SHOP_NODE, {"127.0.0.1:0"}};
  troupe::Node node{{.name = "here", .listen = "127.0.0.1:0", .system = {.workers = 1}}};
  troupe::ActorRef<shop::Shop::Protocol> here = node.spawn<shop::Shop>("shop");
  troupe::ActorRef<shop::Shop::Protocol> there =
      node.select<shop::Shop::Protocol>("troupe://" + process.read_line(10s) + "/user/shop");
};

TEST_F(TwoVersions, UnderstandATypeWithAnAppendedFieldBothWays) {
  there.tell(shop::Order{3});
  there.tell(shop::SendTo{here});

  EXPECT_EQ(orders_there(), "3 grey;");
  troupe::testkit::eventually(node.system(), [&] { return orders_here() == "7;"; }, 10s);
}

TEST_F(TwoVersions, RefuseATypeThatWasChangedBothWays) {
  ASSERT_EQ(orders_there(), "");

  troupe::testkit::eventually(
      node.system(), [&] { return node.link_counts().types_refused == 1; }, 10s);
  EXPECT_EQ(there.try_tell(shop::Price{5}).error().code(), ErrorCode::unknown_type);
  there.tell(shop::SendTo{here});
  troupe::testkit::eventually(node.system(), [&] { return orders_here() == "7;"; }, 10s);

  EXPECT_EQ(orders_there(), "");
  EXPECT_EQ(process.finish(), 0);
}

}  // namespace
