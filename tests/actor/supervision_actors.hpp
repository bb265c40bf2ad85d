// The actors that the tests of supervision share: workers that fail when told to, their manager,
// and the fixture that holds them.
#pragma once

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <troupe/testkit/test_system.hpp>
#include <utility>
#include <vector>

namespace troupe::supervision_test {

using testkit::TestSystem;
using Journal = std::vector<std::string>;

struct Add {
  int amount;
};
struct Total {
  using Reply = int;
};
struct Fail {};
struct FailArgument {};
struct FailOddly {};
struct FailAsked {
  using Reply = int;
};
struct PutOff {
  int amount;
};
struct TakeBack {};
struct Spawn {
  std::string name;
};
struct Tick {};

inline std::string name_in(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// Counts, fails when told to, and writes its life down.
class Worker : public Actor {
 public:
  using Protocol =
      Accepts<Add, Total, Fail, FailArgument, FailOddly, FailAsked, PutOff, TakeBack, Spawn, Tick>;
  explicit Worker(Journal* journal) : journal_(journal), name_(name_in(path())) { note("made"); }
  ~Worker() override { note("destroyed"); }
  void on_start() { note("on_start"); }
  void on_stop() override { note("on_stop"); }
  void before_restart(const Error& error) override { note("before_restart " + error.context()); }
  void after_restart(const Error& error) override { note("after_restart " + error.context()); }

  void on(Add add) { total_ += add.amount; }
  int on(Total) const { return total_; }
  void on(Fail) { throw std::runtime_error("broken"); }
  void on(FailArgument) { throw std::invalid_argument("wrong"); }
  void on(FailOddly) { throw 7; }
  int on(FailAsked) { throw std::runtime_error("asked"); }
  void on(PutOff later) { stash(Add{later.amount}); }
  void on(TakeBack) { unstash_all(); }
  void on(Spawn order) { spawn<Worker>(order.name, journal_); }
  void on(Tick) { note("tick"); }

 private:
  void note(const std::string& what) {
    if (journal_ != nullptr) journal_->push_back(name_ + " " + what);
  }

  Journal* journal_;
  std::string name_;
  int total_ = 0;
};

using WorkerRef = ActorRef<Worker::Protocol>;

/// A parent of workers with these names.
class Manager : public Actor {
 public:
  using Protocol = Accepts<Add, Total, Fail>;
  Manager(SupervisorStrategy strategy, Journal* journal, const std::vector<std::string>& names)
      : strategy_(std::move(strategy)), journal_(journal) {
    if (journal_ != nullptr) journal_->push_back("manager made");
    for (const std::string& name : names) spawn<Worker>(name, journal);
  }
  [[nodiscard]] SupervisorStrategy supervision() const override {
    if (journal_ != nullptr) journal_->push_back("manager decides");
    return strategy_;
  }
  void on(Add add) { total_ += add.amount; }
  int on(Total) const { return total_; }
  void on(Fail) { throw std::runtime_error("manager broken"); }

 private:
  SupervisorStrategy strategy_;
  Journal* journal_;
  int total_ = 0;
};

class Supervision : public testing::Test {
 protected:
  /// A manager with this strategy and workers with these names, who have started.
  void begin(SupervisorStrategy strategy, std::vector<std::string> names = {"w"}) {
    manager_ = system_.spawn<Manager>("manager", std::move(strategy), &journal_, std::move(names));
    system_.run();
    journal_.clear();
  }
  WorkerRef worker(const std::string& name = "w") {
    return system_.actors().find<Worker::Protocol>("/user/manager/" + name);
  }
  bool lives(const std::string& path) { return system_.actors().try_find_any(path).ok(); }
  void fail(const WorkerRef& ref) {
    ref.tell(Fail{});
    system_.run();
  }
  static int total(const AnyRef& ref) { return ref.ask(Total{}).get().value(); }

  Journal journal_;
  TestSystem system_;
  ActorRef<Manager::Protocol> manager_;
};

}  // namespace troupe::supervision_test
