// The actors that the tests of death watch share: one that ends, and one that counts the ends.
#pragma once

#include <stdexcept>
#include <string>
#include <troupe/actor/actor_system.hpp>

namespace troupe::death_watch_test {

struct Fail {};
struct Spawn {
  std::string name;
};
struct Ping {
  using Reply = int;
};

class Mortal : public Actor {
 public:
  using Protocol = Accepts<Fail, Spawn, Ping>;
  void on(Fail) { throw std::runtime_error("broken"); }
  void on(Spawn order) { spawn<Mortal>(order.name); }
  int on(Ping) { return 1; }
  [[nodiscard]] SupervisorStrategy supervision() const override {
    return one_for_one().otherwise(Directive::stop);
  }
};

struct Watch {
  AnyRef target;
};
struct Unwatch {
  AnyRef target;
};
struct Ends {
  using Reply = int;
};

/// Counts the ends that it hears of.
class Watcher : public Actor {
 public:
  using Protocol = Accepts<Watch, Unwatch, Ends>;
  void on(Watch order) { watch(order.target); }
  void on(Unwatch order) { unwatch(order.target); }
  int on(Ends) const { return ends_; }
  void on(Terminated) { ++ends_; }

 private:
  int ends_ = 0;
};

}  // namespace troupe::death_watch_test
