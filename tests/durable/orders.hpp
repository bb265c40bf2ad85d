// Orders: the actor of the tests of durable mailboxes. It writes down what it handles, and does
// with each order what that says.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <troupe/actor/actor.hpp>
#include <vector>

namespace troupe::durable_test {

using Seen = std::vector<std::string>;

struct Order {
  static constexpr std::string_view wire_name = "test.Order";
  std::string text;
  /// fails, waits, stash, unstash, forward, forward-waits, forward-fails, or nothing.
  std::string what;
};
struct Price {
  static constexpr std::string_view wire_name = "test.Price";
  using Reply = int;
  std::string text;
  std::string what;  ///< fails, defers, defers-fails, drops, or nothing.
};
/// Answers all that was deferred.
struct Answer {
  static constexpr std::string_view wire_name = "test.Answer";
  int cents = 0;
};

/// What the instances share with the test.
struct Notebook {
  Seen seen;
  std::vector<TimePoint> times;
  int failures_left = 1'000'000;  ///< After which "fails" does not fail any more.
  AnyRef other = {};
  std::vector<Promise<void>> waits;  ///< For which tasks wait.

  Future<void> wait() {
    waits.emplace_back();
    return waits.back().future();
  }
  void let_go() {
    for (auto& one : std::exchange(waits, {})) one.set({});
  }
};

class Orders : public Actor {
 public:
  using Protocol = Accepts<Order, Price, Answer>;
  explicit Orders(Notebook* notes) : notes_(notes) {}

  Task<> on(Order order) {
    note(order.text);
    if (order.what.starts_with("forward")) forward(notes_->other, Order{order.text, ""});
    fail_if(order.what);
    if (order.what.ends_with("waits")) {
      static_cast<void>(co_await notes_->wait());
      notes_->seen.push_back(order.text + " done");
    }
    if (order.what == "stash") stash(std::move(order));
    if (order.what == "unstash") unstash_all();
  }
  Later<int> on(Price price) {
    note(price.text);
    const bool defers = price.what.starts_with("defers");
    if (!defers) fail_if(price.what);
    auto [reply, later] = defer<int>();
    if (defers) {
      deferred_.push_back(std::move(reply));
      fail_if(price.what);
    } else if (price.what != "drops") {
      reply.set(7);
    }
    return later;
  }
  void on(Answer answer) {
    note("answer");
    for (auto& one : deferred_) one.set(answer.cents);
    deferred_.clear();
  }

 private:
  void note(const std::string& text) {
    notes_->seen.push_back(text);
    notes_->times.push_back(now());
  }
  void fail_if(const std::string& what) {
    if (!what.ends_with("fails") || notes_->failures_left == 0) return;
    --notes_->failures_left;
    throw std::runtime_error("out of stock");
  }

  Notebook* notes_;
  std::vector<ReplyTo<int>> deferred_;
};

}  // namespace troupe::durable_test
