// Foreman: the coordinator's actor that relies on other nodes: it watches their counters, and has a
// counter of its own on one of them, a child that is supervised from here.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "words.hpp"

namespace word_count {

/// What became of the counters of one node, once all of them have ended.
struct Losses {
  static constexpr bool local_message = true;
  using Reply = std::vector<std::string>;
};
/// Has the child count a line, and says who the child is.
struct AskChild {
  static constexpr bool local_message = true;
  using Reply = std::string;
  std::string line;
};

class Foreman : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Losses, AskChild>;

  /// The child is on the last of the nodes that takes it.
  Foreman(const std::vector<troupe::AnyRef>& counters, std::vector<troupe::NodeAddress> nodes)
      : nodes_(nodes.rbegin(), nodes.rend()) {
    for (const troupe::AnyRef& counter : counters) watch(counter);
  }

  /// A child whose node is lost has failed, and a restart places it on the next node.
  [[nodiscard]] troupe::SupervisorStrategy supervision() const override {
    return troupe::one_for_one({.restarts = 3, .within = std::chrono::minutes(1)});
  }

  void on(const troupe::Terminated& gone) {
    ended_.push_back(gone.path + " " + std::string(to_string(gone.reason)));
    answer_losses();
  }

  troupe::Later<std::vector<std::string>> on(Losses) {
    auto [reply, later] = defer<std::vector<std::string>>();
    waiting_.push_back(std::move(reply));
    answer_losses();
    return later;
  }

  troupe::Task<std::string> on(AskChild order) {
    if (!child_) child_ = (co_await spawn_on<Counter>(nodes_, "counter")).value();
    const auto totals = co_await ask<CountWords>(child_, {order.line}, std::chrono::seconds(5));
    const auto child = co_await ask(child_, WhoCounts{}, std::chrono::seconds(5));
    co_return child.value().path() + " counted " + std::to_string(totals.value().size()) + " words";
  }

 private:
  void answer_losses() {
    if (waiting_.empty() || ended_.size() < counters_per_node) return;
    waiting_.back().set(std::exchange(ended_, {}));
    waiting_.pop_back();
  }

  const std::vector<troupe::NodeAddress> nodes_;
  troupe::ActorRef<Counter::Protocol> child_;
  std::vector<std::string> ended_;
  std::vector<troupe::ReplyTo<std::vector<std::string>>> waiting_;
};

}  // namespace word_count
