// Links that are other addresses of one node, and their ends: none keeps another from being
// forgotten.
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <troupe/actor/ports/remote_target.hpp>
#include <troupe/actor/ref_codec.hpp>

#include "simulated_nodes.hpp"

namespace {

using namespace std::chrono_literals;
using namespace troupe::transport;
using troupe::AnyRef;
using troupe::NodeAddress;

struct Question {
  using Reply = int;
};
class Clerk : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Question>;
  int on(Question) { return 1; }
};

const NodeAddress own{"blue", "10.0.0.2", 7001};
const NodeAddress by_name{"blue", "blue.example", 7001};
const NodeAddress by_other_name{"blue", "other.example", 7001};

class Parts : public testing::Test {
 protected:
  [[nodiscard]] bool is_answered(const NodeAddress& node) {
    const auto selected = first.transport.select({node, "/user/clerk"});
    auto answer = troupe::ActorRef<Clerk::Protocol>(*selected).ask(Question{}, 5s);
    world->run_for(8s);
    return answer.is_ready() && answer.get().ok();
  }
  /// A node that is found at another place too, and not at its own.
  void begin(std::uint64_t incarnation, const NodeAddress& address, const std::string& also_at) {
    second.reset();
    second = std::make_unique<SimulatedNode>(network, incarnation, address);
    second->also_at(also_at);
    second->system.spawn<Clerk>("clerk");
    world->run_for(3s);
  }
  /// The other name is a part of the first, which is a part of the node's own address.
  void make_chain() {
    begin(2, by_name, "other.example:7001");
    ASSERT_TRUE(is_answered(by_other_name));
    ASSERT_EQ(alias_of(by_other_name), by_name);
    begin(3, own, "blue.example:7001");
    ASSERT_TRUE(is_answered(by_name));
    ASSERT_EQ(alias_of(by_name), own);
    ASSERT_EQ(alias_of(by_other_name), by_name);
  }
  [[nodiscard]] NodeAddress alias_of(const NodeAddress& address) {
    for (const auto& link : first.transport.links()) {
      if (link.address == address) return link.alias_of;
    }
    return {};
  }

  std::shared_ptr<troupe::testkit::SteppedWorld> world =
      std::make_shared<troupe::testkit::SteppedWorld>(
          std::make_shared<troupe::testkit::ManualClock>());
  SimulatedNetwork network{world};
  SimulatedNode first{
      network, 1, {"red", "10.0.0.1", 7001}, {.paths_kept = 0, .forget_after = 60s}};
  std::unique_ptr<SimulatedNode> second;
};

TEST_F(Parts, OfAPartAreSeparatedToo) {
  make_chain();

  second.reset();
  world->run_for(30s);
  EXPECT_EQ(alias_of(by_other_name), NodeAddress{});
  EXPECT_EQ(first.transport.counts().aliases, 0U);

  world->run_for(10min);
  EXPECT_EQ(first.transport.counts().links_now, 0U);
}

TEST_F(Parts, ThatAreLinksOfTheirOwnAgainKeepNobodyFromBeingForgotten) {
  make_chain();
  troupe::wire::Writer writer;
  writer.write_array_header(2);
  writer.write_string(by_other_name.to_string() + "#9");  // So that is a node's own address.
  writer.write_uint(1);
  troupe::wire::RefPort* const port =
      first.transport.select({own, "/user/clerk"})->remote()->ref_port();
  ASSERT_TRUE(troupe::wire::decode<AnyRef>(writer.bytes(), port).ok());
  ASSERT_EQ(alias_of(by_other_name), NodeAddress{});

  second.reset();
  world->run_for(10min);

  EXPECT_EQ(first.transport.counts().links_now, 0U);
}

}  // namespace
