// Routees that write down what they have seen, and the fixture of the tests of routers.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>
#include <utility>
#include <vector>

namespace troupe::router_test {

using namespace std::chrono_literals;
using testkit::TestSystem;

struct Job {
  std::string customer;
};
struct WhoAreYou {
  using Reply = std::string;
  std::string customer;
};
struct WhoAsks {
  using Reply = std::string;
};
struct Fail {};
struct Hold {
  using Reply = int;
};

/// What routees have seen, by their paths.
using Seen = std::map<std::string, std::vector<std::string>>;

class Worker : public Actor {
 public:
  using Protocol = Accepts<Job, WhoAreYou, WhoAsks, Fail, Hold>;
  explicit Worker(std::shared_ptr<Seen> seen) : seen_(std::move(seen)) {}

  void on(const Job& job) { (*seen_)[path()].push_back(job.customer); }
  std::string on(const WhoAreYou&) { return path(); }
  std::string on(WhoAsks) { return sender() ? sender().path() : "nobody"; }
  void on(Fail) { throw std::runtime_error("as told"); }
  Later<int> on(Hold) {
    auto [reply, later] = defer<int>();
    held_.push_back(std::move(reply));
    return later;
  }

 private:
  std::shared_ptr<Seen> seen_;
  std::vector<ReplyTo<int>> held_;
};

using Protocol = Worker::Protocol;

struct RouterTest : testing::Test {
  auto spawn_pool(PoolSettings<Protocol> settings) {
    return system.actors().spawn("pool", pool<Worker>(std::move(settings), seen));
  }
  auto spawn_worker(std::string_view name) { return system.spawn<Worker>(name, seen); }
  ActorRef<Protocol> routee(int number) {
    return system.actors().find<Protocol>("/user/pool/" + std::to_string(number));
  }
  std::size_t seen_by(int number) { return (*seen)["/user/pool/" + std::to_string(number)].size(); }
  std::uint64_t dead(ErrorCode reason) { return system.actors().dead_letters().count(reason); }
  bool logged(std::string_view text) {
    return std::ranges::any_of(system.log_lines(), [&](const testkit::LogLine& line) {
      return line.text.find(text) != std::string::npos;
    });
  }
  void expect_balanced_books() {
    const SystemCounts counts = system.actors().counts();
    EXPECT_EQ(counts.sent, counts.handled + counts.dropped);
  }

  std::shared_ptr<Seen> seen = std::make_shared<Seen>();
  TestSystem system;
};

}  // namespace troupe::router_test
