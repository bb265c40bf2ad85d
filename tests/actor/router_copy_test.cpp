// Tests of a broadcast whose message cannot be copied for one of the routees: the others get
// theirs, the failure is in the books, and nothing is left behind.

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <vector>

#include "router_actors.hpp"

namespace troupe::router_test {
namespace {

/// Throws at a copy, and counts what lives.
class Brittle {
 public:
  Brittle(std::shared_ptr<int> alive, int copies) : alive_(std::move(alive)), copies_(copies) {}
  Brittle(const Brittle& other) : alive_(other.alive_), copies_(other.copies_) {
    if (--*alive_ == copies_) throw std::runtime_error("cannot be copied");
  }
  Brittle(Brittle&&) noexcept = default;

 private:
  std::shared_ptr<int> alive_;  // Copies that are left before the one that throws.
  int copies_;
};

struct Notice {
  static constexpr bool local_message = true;
  Brittle brittle;
};
struct Query {
  static constexpr bool local_message = true;
  using Reply = int;
  Brittle brittle;
};

class Reader : public Actor {
 public:
  using Protocol = Accepts<Notice, Query>;
  Reader(int number, std::vector<int>* seen) : number_(number), seen_(seen) {}
  void on(Notice&&) { seen_->push_back(number_); }
  int on(Query&&) { return number_; }

 private:
  int number_;
  std::vector<int>* seen_;
};

struct Broadcast : testing::TestWithParam<int> {
  Broadcast() {
    std::vector<ActorRef<Reader::Protocol>> readers;
    for (int i = 1; i <= 4; ++i) readers.push_back(system.spawn<Reader>({}, i, &seen));
    router = system.spawn("router", group<Reader::Protocol>(std::move(readers), broadcast()));
  }
  Brittle brittle() { return {copies, -GetParam()}; }

  std::vector<int> seen;
  std::shared_ptr<int> copies = std::make_shared<int>(0);
  TestSystem system;
  ActorRef<Reader::Protocol> router;
};

TEST_P(Broadcast, ReachesTheOtherRouteesWhereACopyThrows) {
  router.tell(Notice{brittle()});
  system.run();

  std::vector<int> expected = {1, 2, 3, 4};
  expected.erase(expected.begin() + GetParam() - 1);
  EXPECT_EQ(seen, expected);
  EXPECT_EQ(system.actors().dead_letters().count(ErrorCode::handler_failed), 1U);
  EXPECT_EQ(system.log().lines_with("cannot be copied").size(), 1U);
  const SystemCounts counts = system.actors().counts();
  EXPECT_EQ(counts.sent, counts.handled + counts.dropped);
  EXPECT_EQ(copies.use_count(), 1) << "no message is left";
}

TEST_P(Broadcast, OfARequestIsAnsweredByTheOthersWhereACopyThrows) {
  auto answer = router.ask(Query{brittle()});
  system.run();

  EXPECT_EQ(answer.get().value(), GetParam() == 1 ? 2 : 1);
  EXPECT_EQ(system.actors().dead_letters().count(ErrorCode::handler_failed), 1U);
  const SystemCounts counts = system.actors().counts();
  EXPECT_EQ(counts.sent, counts.handled + counts.dropped);
  EXPECT_EQ(copies.use_count(), 1) << "no message is left";
}

INSTANTIATE_TEST_SUITE_P(Copies, Broadcast, testing::Values(1, 2, 3));

}  // namespace
}  // namespace troupe::router_test
