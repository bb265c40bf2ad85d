// Actors that are slower than what another node sends them: what waits there is bounded, and nobody
// else is held up.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <troupe/testkit/simulated_network.hpp>
#include <vector>

namespace {

using namespace std::chrono_literals;
using troupe::AnyRef;
using troupe::ErrorCode;
using troupe::LinkCounts;
using troupe::testkit::SimulatedNetwork;
using troupe::testkit::SimulatedNode;

struct Item {
  int number;
  std::string text;
};
struct Count {
  using Reply = int;
};
struct SendAll {
  AnyRef to;
  int count;
};

constexpr std::size_t item_bytes = 1'000;
constexpr int items_max = 100;
const std::string text(item_bytes, 'x');

struct Pause {
  using Reply = int;
};

/// Answers nobody.
class Silent : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Pause>;
  troupe::Later<int> on(Pause) {
    auto [reply, later] = defer<int>();
    kept_.push_back(std::move(reply));
    return later;
  }

 private:
  std::vector<troupe::ReplyTo<int>> kept_;
};

/// Takes its time for each.
class Slow : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Item, Count>;
  Slow(std::vector<int>* seen, troupe::Duration pause) : seen_(seen), pause_(pause) {}
  troupe::Task<> on(Item item) {
    if (pause_ > 0ms) {
      if (!silent_) silent_ = spawn<Silent>("silent");
      static_cast<void>(co_await ask(silent_, Pause{}, pause_));
    }
    seen_->push_back(item.number);
  }
  int on(Count) const { return static_cast<int>(seen_->size()); }

 private:
  std::vector<int>* seen_;
  troupe::Duration pause_;
  troupe::ActorRef<Silent::Protocol> silent_;
};

class Sender : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<SendAll>;
  explicit Sender(std::vector<std::string>* outcomes) : outcomes_(outcomes) {}
  troupe::Task<> on(SendAll order) {
    for (int i = 0; i < order.count; ++i) {
      auto sent = send<Item>(order.to, {i, text});
      const auto outcome = co_await std::move(sent);
      outcomes_->push_back(outcome.ok() ? "sent" : std::string(to_string(outcome.error().code())));
    }
  }

 private:
  std::vector<std::string>* outcomes_;
};

class SlowTarget : public testing::Test {
 protected:
  static troupe::TransportSettings small_mailboxes() {
    return {.unhandled_bytes_max = items_max * item_bytes, .unhandled_messages_max = 10'000};
  }
  /// Tells as many as the link takes, one each tenth of a millisecond. Returns how many were
  /// refused, and checks why.
  int tell_many(const AnyRef& to, int count) {
    int refused = 0;
    for (int i = 0; i < count; ++i) {
      const auto told = to.try_tell(Item{i, text});
      if (!told.ok()) {
        EXPECT_EQ(told.error().code(), ErrorCode::mailbox_full);
        ++refused;
      }
      network.run_for(100us);
    }
    return refused;
  }
  [[nodiscard]] LinkCounts link() const { return red.links().at(0); }
  /// What came to blue's actors and was not handled.
  [[nodiscard]] std::uint64_t waiting() const {
    return blue.link_counts().tells_received - slow_seen.size() - quick_seen.size();
  }
  void expect_books_balance() const {
    const troupe::TransportCounts counts = red.link_counts();
    std::uint64_t dropped = 0;
    for (const std::uint64_t count : counts.dropped_out) dropped += count;
    EXPECT_EQ(counts.sent, counts.delivered + dropped + counts.in_flight);
  }

  SimulatedNetwork network;
  SimulatedNode& red = network.add("red", {.send_waits_at_bytes = 10'000});
  SimulatedNode& blue = network.add("blue", small_mailboxes());
  std::vector<int> slow_seen;
  std::vector<int> quick_seen;
  std::vector<std::string> outcomes;
};

TEST_F(SlowTarget, WhatWaitsThereIsBoundedAndWhatIsTakenIsHandledInOrder) {
  blue.spawn<Slow>("slow", &slow_seen, 10ms);
  const AnyRef slow = red.select_any(blue.path("/user/slow"));

  const int refused = tell_many(slow, 1'000);
  EXPECT_GT(refused, 700);
  EXPECT_LE(waiting(), items_max + items_max / 2);
  EXPECT_EQ(blue.link_counts().holds_sent, 1U);
  EXPECT_EQ(red.link_counts().holds_received, 1U);
  EXPECT_EQ(link().held_targets, 1U);
  network.run_for(10s);

  EXPECT_EQ(slow_seen.size(), static_cast<std::size_t>(1'000 - refused));
  EXPECT_TRUE(std::ranges::is_sorted(slow_seen));
  EXPECT_EQ(link().held_targets, 0U);
  EXPECT_EQ(blue.link_counts().held_targets, 0U);
  EXPECT_EQ(red.link_counts().dropped(ErrorCode::mailbox_full),
            static_cast<std::uint64_t>(refused));
  EXPECT_TRUE(slow.try_tell(Item{1'000, text}).ok());
  expect_books_balance();
}

TEST_F(SlowTarget, OthersAtTheSameNodeGoOnAndAsksOfItFailAtOnce) {
  blue.spawn<Slow>("slow", &slow_seen, 1h);
  blue.spawn<Slow>("quick", &quick_seen, 0ms);
  const AnyRef slow = red.select_any(blue.path("/user/slow"));
  const AnyRef quick = red.select_any(blue.path("/user/quick"));
  EXPECT_GT(tell_many(slow, 300), 0);

  EXPECT_EQ(tell_many(quick, 300), 0);
  const auto begun = network.now();
  const auto refused = slow.ask(Count{}, 60s).get();

  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::mailbox_full);
  EXPECT_TRUE(refused.error().definitely_not_executed());
  EXPECT_EQ(network.now(), begun);
  EXPECT_EQ(quick.ask(Count{}, 1s).get(), 300);
}

TEST_F(SlowTarget, SendersThatWaitLoseNothingAndOthersDoNotWaitForThem) {
  blue.spawn<Slow>("slow", &slow_seen, 1ms);
  blue.spawn<Slow>("quick", &quick_seen, 0ms);
  const AnyRef slow = red.select_any(blue.path("/user/slow"));
  const AnyRef quick = red.select_any(blue.path("/user/quick"));
  std::vector<std::string> quick_outcomes;

  red.spawn<Sender>("sender", &outcomes).tell(SendAll{slow, 2'000});
  network.run_for(200ms);
  EXPECT_EQ(link().held_targets, 1U);
  EXPECT_EQ(link().waiting_for_room, 1U);
  red.spawn<Sender>("other", &quick_outcomes).tell(SendAll{quick, 50});
  network.run_for(100ms);
  EXPECT_EQ(quick_seen.size(), 50U);
  EXPECT_EQ(quick_outcomes, std::vector<std::string>(50, "sent"));
  network.run_for(10s);

  EXPECT_EQ(outcomes, std::vector<std::string>(2'000, "sent"));
  ASSERT_EQ(slow_seen.size(), 2'000U);
  EXPECT_TRUE(std::ranges::is_sorted(slow_seen));
  EXPECT_GT(blue.link_counts().holds_sent, 10U);
  expect_books_balance();
}

TEST_F(SlowTarget, AHoldEndsWithItsActorAndSendersHearOfThat) {
  const auto actor = blue.spawn<Slow>("slow", &slow_seen, 1h);
  const AnyRef slow = red.select_any(blue.path("/user/slow"));
  EXPECT_GT(tell_many(slow, 300), 0);

  blue.system().kill(actor);
  network.run_for(2s);

  EXPECT_EQ(blue.link_counts().held_targets, 0U);
  EXPECT_EQ(link().held_targets, 0U);
  EXPECT_EQ(slow.ask(Count{}, 1s).get().error().code(), ErrorCode::no_such_actor);
}

TEST_F(SlowTarget, AHoldIsToldAgainInTheNextSession) {
  blue.spawn<Slow>("slow", &slow_seen, 1h);
  const AnyRef slow = red.select_any(blue.path("/user/slow"));
  EXPECT_GT(tell_many(slow, 300), 0);
  red.spawn<Sender>("sender", &outcomes).tell(SendAll{slow, 1});
  network.run_for(10ms);
  EXPECT_EQ(link().waiting_for_room, 1U);

  network.set_conditions({.loss = 1});
  network.run_for(5s);
  EXPECT_EQ(outcomes, std::vector<std::string>{"node_unreachable"});
  EXPECT_EQ(link().held_targets, 0U);
  network.set_conditions({});
  network.run_for(6s);

  EXPECT_EQ(link().held_targets, 1U);
  EXPECT_EQ(slow.try_tell(Item{1, text}).error().code(), ErrorCode::mailbox_full);
  expect_books_balance();
}

TEST_F(SlowTarget, AWordThatIsLostIsMadeGoodByTheNext) {
  blue.spawn<Slow>("slow", &slow_seen, 2ms);
  const AnyRef slow = red.select_any(blue.path("/user/slow"));
  EXPECT_GT(tell_many(slow, 300), 0);

  network.cut(blue, red);  // What ends the hold does not come.
  network.run_for(1s);
  EXPECT_EQ(blue.link_counts().held_targets, 0U);
  network.heal();
  network.run_for(10s);

  EXPECT_TRUE(slow.try_tell(Item{1, text}).ok());
}

}  // namespace
