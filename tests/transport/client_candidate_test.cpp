// A node that takes no connections as a candidate for a child: it is given the child, and the child
// is supervised, on the connections that it has made; where it has made none, it is passed over
// with that reason.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <troupe/actor/remote_child.hpp>
#include <troupe/actor/supervision.hpp>
#include <vector>

#include "nodes_fixture.hpp"

namespace {

using namespace std::chrono_literals;
using troupe::ErrorCode;
using troupe::NodeAddress;
using troupe::StopReason;
using troupe::transport::address_without_place;
using troupe::transport::NodesFixture;
using troupe::transport::SimulatedNode;

struct Question {
  using Reply = int;
};
struct Break {};
struct Retire {};

class Worker : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Question, Break, Retire>;
  explicit Worker(int answer) : answer_(answer) {}
  int on(Question) const { return answer_; }
  void on(Break) { throw std::runtime_error("broken"); }
  void on(Retire) { stop(); }

 private:
  int answer_;
};
using Workers = troupe::ActorRef<Worker::Protocol>;

struct Hire {
  static constexpr bool local_message = true;
  std::vector<NodeAddress> where;
};
/// What the boss has seen of its workers.
struct Seen {
  std::optional<troupe::Result<Workers>> hired;
  int failures = 0;
  std::vector<StopReason> ends;
};

class Boss : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Hire>;
  explicit Boss(Seen* seen) : seen_(seen) {}
  troupe::SupervisorStrategy supervision() const override {
    return troupe::one_for_one({.restarts = 3, .within = 1min});
  }
  troupe::Task<> on(Hire order) {
    const auto worker = co_await spawn_on<Worker>(order.where, "worker", 42);
    seen_->hired = worker;
    if (worker.ok()) watch(*worker);
  }
  void on(const troupe::Terminated& gone) { seen_->ends.push_back(gone.reason); }

 private:
  Seen* seen_;
};

class ClientCandidate : public NodesFixture {
 protected:
  ClientCandidate() {
    begin_client();
    other.system.offers<Worker, int>("worker");
  }
  void begin_client() {
    client = std::make_unique<SimulatedNode>(network, life, address_without_place("client", life));
    client->hide();
    client->system.offers<Worker, int>("worker");
  }
  /// The client says something to the server.
  void connect() {
    client->select<Worker::Protocol>(server, "/user/nobody").tell(Retire{});
    world->run_for(100ms);
  }
  void hire(std::vector<NodeAddress> where, troupe::Duration time) {
    boss.tell(Hire{std::move(where)});
    world->run_for(time);
  }
  [[nodiscard]] NodeAddress address_of(const SimulatedNode& node) const {
    return node.transport.self().address;
  }
  [[nodiscard]] bool is_hired() const { return seen.hired && seen.hired->ok(); }
  [[nodiscard]] bool has_child(SimulatedNode& node) const {
    return node.system.try_find_any("/remote/worker-1").ok();
  }
  [[nodiscard]] int ask_worker() {
    auto answer = (*seen.hired)->ask(Question{}, 5s);
    world->run_for(100ms);
    return answer.is_ready() ? answer.get().value_or(0) : 0;
  }

  static constexpr std::uint64_t life = 0xfeed;
  Seen seen;
  SimulatedNode server{network, 1, {"server", "10.0.0.1", 7001}};
  SimulatedNode other{network, 2, {"other", "10.0.0.2", 7001}};
  std::unique_ptr<SimulatedNode> client;
  troupe::ActorRef<Boss::Protocol> boss = server.system.spawn<Boss>("boss", &seen);
};

TEST_F(ClientCandidate, ThatIsConnectedIsGivenTheChildOnItsOwnConnections) {
  connect();
  hire({address_of(*client)}, 100ms);

  ASSERT_TRUE(is_hired());
  EXPECT_TRUE(has_child(*client));
  EXPECT_EQ(ask_worker(), 42);
  EXPECT_EQ(server.dials, 0U);
}

TEST_F(ClientCandidate, SupervisesItsChildForItsParent) {
  connect();
  hire({address_of(*client)}, 100ms);
  ASSERT_TRUE(is_hired());

  (*seen.hired)->tell(Break{});
  world->run_for(1s);
  EXPECT_EQ(ask_worker(), 42) << "it was restarted behind the same ref";
  EXPECT_TRUE(seen.ends.empty());

  (*seen.hired)->tell(Retire{});
  world->run_for(1s);
  EXPECT_EQ(seen.ends, std::vector{StopReason::stopped});
  EXPECT_EQ(server.dials, 0U);
}

TEST_F(ClientCandidate, EndsItsChildWithTheParent) {
  connect();
  hire({address_of(*client)}, 100ms);
  ASSERT_TRUE(has_child(*client));

  server.system.stop(boss);
  world->run_for(1s);

  EXPECT_FALSE(has_child(*client));
}

TEST_F(ClientCandidate, ThatIsLostGivesItsChildToTheNext) {
  connect();
  hire({address_of(*client), address_of(other)}, 100ms);
  ASSERT_TRUE(has_child(*client));

  client.reset();
  world->run_for(30s);

  EXPECT_TRUE(has_child(other));
  EXPECT_EQ(ask_worker(), 42);
}

TEST_F(ClientCandidate, ThatIsNotConnectedIsPassedOverWithItsReason) {
  hire({address_of(*client), address_of(other)}, 100ms);

  ASSERT_TRUE(is_hired());
  EXPECT_TRUE(has_child(other));
  const auto lines = server.log->lines_with("was not placed on");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines.front().text.find(address_of(*client).to_string()), std::string::npos);
  EXPECT_NE(lines.front().text.find("it takes no connections"), std::string::npos)
      << lines.front().text;
}

TEST_F(ClientCandidate, ThatIsTheLastIsWaitedForUntilItConnects) {
  hire({address_of(*client)}, 5s);
  EXPECT_FALSE(seen.hired.has_value());

  connect();
  world->run_for(1s);

  ASSERT_TRUE(is_hired());
  EXPECT_EQ(ask_worker(), 42);
  EXPECT_EQ(server.dials, 0U);
}

TEST_F(ClientCandidate, ThatIsTheLastAndDoesNotConnectIsRefusedWithItsReason) {
  hire({address_of(*client)}, 30s);

  ASSERT_TRUE(seen.hired.has_value());
  ASSERT_FALSE(seen.hired->ok());
  EXPECT_EQ(seen.hired->error().code(), ErrorCode::node_down);
  EXPECT_NE(seen.hired->error().context().find("it takes no connections"), std::string::npos)
      << seen.hired->error().to_string();
}

}  // namespace
