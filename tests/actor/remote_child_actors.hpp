// The actors that the tests of children on other nodes share: workers that fail when told to, their
// boss, and the fixture with three nodes, of which two offer the worker.
#pragma once

#include <gtest/gtest.h>

#include <stdexcept>
#include <troupe/troupe.hpp>

#include "fake_nodes.hpp"

namespace troupe::remote_child_test {

using namespace std::chrono_literals;
using Journal = std::vector<std::string>;

struct Add {
  int amount = 0;
};
struct Total {
  using Reply = int;
};
struct Greet {};
struct Greeting {
  std::string from;
};
struct Fail {
  std::string text;
};
struct FailArgument {};
struct Leave {};

/// What the workers of all nodes write down.
inline Journal journal;

/// Keeps the last three digits that it was given, after `start`, and fails when told to.
class Worker : public Actor {
 public:
  using Protocol = Accepts<Add, Total, Greet, Fail, FailArgument, Leave>;
  explicit Worker(int start) : total_(start) {
    if (start < 0) throw std::invalid_argument("starts below 0");
    journal.push_back("made");
  }
  void on_stop() override { journal.push_back("on_stop"); }
  void on(Add add) {
    total_ = total_ % 100 * 10 + add.amount;
    journal.push_back("add " + std::to_string(add.amount));
  }
  int on(Total) const { return total_; }
  void on(Greet) { sender().tell(Greeting{path()}); }
  void on(const Fail& fail) { throw std::runtime_error(fail.text); }
  void on(FailArgument) { throw std::invalid_argument("wrong"); }
  void on(Leave) { stop(); }

 private:
  int total_;
};
using WorkerRef = ActorRef<Worker::Protocol>;

struct Hire {
  static constexpr bool local_message = true;
  using Reply = WorkerRef;
  std::vector<NodeAddress> nodes;
  std::string offer = "worker";
  int start = 0;
};
struct Children {
  static constexpr bool local_message = true;
  using Reply = std::vector<AnyRef>;
};
struct Watch {
  static constexpr bool local_message = true;
  AnyRef ref;
};
struct Break {};

class Boss : public Actor {
 public:
  using Protocol = Accepts<Hire, Children, Watch, Break>;
  explicit Boss(SupervisorStrategy strategy) : strategy_(std::move(strategy)) {}
  [[nodiscard]] SupervisorStrategy supervision() const override { return strategy_; }
  void on_stop() override { journal.push_back("boss on_stop"); }
  Task<Result<WorkerRef>, reentrant> on(Hire hire) {
    co_return co_await spawn_on<Worker>(hire.nodes, hire.offer, hire.start);
  }
  std::vector<AnyRef> on(Children) { return children(); }
  void on(Watch order) { watch(order.ref); }
  void on(Break) { throw std::runtime_error("boss broken"); }
  void on(const Terminated& gone) {
    journal.push_back("terminated " + std::string(to_string(gone.reason)));
  }

 private:
  SupervisorStrategy strategy_;
};
using BossRef = ActorRef<Boss::Protocol>;

class RemoteChild : public testing::Test {
 protected:
  RemoteChild() {
    journal.clear();
    b.system.offers<Worker, int>("worker");
    c.system.offers<Worker, int>("worker");
  }
  void TearDown() override {
    network.run();
    for (FakeNode* node : {&a, &b, &c}) {
      EXPECT_TRUE(node->system.shutdown().complete()) << node->address.name;
      node->expect_balanced_books();
    }
  }

  /// A boss on `a` with this strategy.
  void begin(SupervisorStrategy strategy = one_for_one()) {
    boss = a.system.spawn<Boss>("boss", std::move(strategy));
  }
  Result<WorkerRef> try_hire(Hire order) { return boss.ask(std::move(order)).get(); }
  /// A worker of the boss on the first of the nodes that takes it.
  WorkerRef hire(const std::vector<FakeNode*>& nodes, int start = 0) {
    Hire order{.nodes = {}, .start = start};
    for (const FakeNode* node : nodes) order.nodes.push_back(node->address);
    WorkerRef hired = try_hire(std::move(order)).value();
    network.run();
    return hired;
  }
  /// A worker on `b`, watched by its boss; the journal is empty then.
  void begin_with_worker(SupervisorStrategy strategy = one_for_one()) {
    begin(std::move(strategy));
    rehire();
  }
  void rehire() {
    worker = hire({&b, &c});
    boss.tell(Watch{worker});
    network.run();
    journal.clear();
  }
  template <class M>
  void tell(M message) {
    worker.tell(std::move(message));
    network.run();
  }
  int total() { return worker.ask(Total{}).get().value(); }
  std::size_t children() { return boss.ask(Children{}).get().value().size(); }

  FakeNetwork network;
  FakeNode a{network, "a"};
  FakeNode b{network, "b"};
  FakeNode c{network, "c"};
  BossRef boss;
  WorkerRef worker;
};

}  // namespace troupe::remote_child_test
