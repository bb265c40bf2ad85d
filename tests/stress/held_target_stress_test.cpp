// Senders that can wait, and a target on another node that is held and let go all the time: they
// wait, whenever the word of it comes, and nothing of theirs is refused.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <troupe/actor/ports/remote_target.hpp>
#include <troupe/testkit/eventually.hpp>
#include <troupe/troupe.hpp>
#include <vector>

#include "stress.hpp"

namespace troupe {
namespace {

using namespace std::chrono_literals;

struct Item {
  int sender = 0;
  int number = 0;
};
struct Count {
  using Reply = int;
};
struct SendAll {
  using Reply = std::string;
  AnyRef to;
  int sender = 0;
  int count = 0;
};

/// Counts what comes in its order.
class Receiver : public Actor {
 public:
  using Protocol = Accepts<Item, Count>;
  explicit Receiver(std::size_t senders) : next_(senders, 0) {}
  void on(const Item& item) {
    int& next = next_.at(static_cast<std::size_t>(item.sender));
    if (item.number != next) return;
    ++next;
    ++count_;
  }
  int on(Count) const { return count_; }

 private:
  std::vector<int> next_;
  int count_ = 0;
};

/// Answers with the first refusal.
class Sender : public Actor {
 public:
  using Protocol = Accepts<SendAll>;
  Task<std::string> on(SendAll order) {
    for (int number = 0; number < order.count; ++number) {
      auto sent = send(order.to, Item{order.sender, number});
      const Result<void> outcome = co_await std::move(sent);
      if (!outcome.ok()) co_return outcome.error().to_string();
      if (number % 64 == 0) co_await yield();
    }
    co_return "";
  }
};

NodeSettings settings(const char* name) {
  NodeSettings settings{.name = name, .listen = "127.0.0.1:0", .system = {.workers = 2}};
  settings.transport.unhandled_messages_max = 200;
  return settings;
}

TEST(HeldTarget, WhoCanWaitIsNeverRefused) {
  const int items = static_cast<int>(stress::rounds(60'000, 20'000));
  constexpr int senders = 3;
  Node first(settings("first"));
  Node second(settings("second"));
  const auto receiver = second.spawn<Receiver>("receiver", std::size_t{senders});
  const auto there = first.select<Receiver::Protocol>(second.path_of(receiver));

  std::vector<Future<std::string>> outcomes;
  for (int i = 0; i < senders; ++i) {
    const auto sender = first.spawn<Sender>();
    outcomes.push_back(sender.ask(SendAll{there, i, items}, 2min));
  }
  for (auto& outcome : outcomes) EXPECT_EQ(outcome.get().value(), "");
  testkit::eventually(second.system(),
                      [&] { return receiver.ask(Count{}, 1min).get().value() == senders * items; });
}

}  // namespace
}  // namespace troupe
