// Account: the actor of the tests of persistent actors.
#pragma once

#include <stdexcept>
#include <string>
#include <troupe/persistence/persistent_actor.hpp>
#include <vector>

namespace troupe::persistent_test {

struct Deposited {
  static constexpr std::string_view wire_name = "test.Deposited";
  int cents = 0;
};
struct Withdrawn {
  static constexpr std::string_view wire_name = "test.Withdrawn";
  int cents = 0;
  std::string note;
};
/// How often a deposit of 666 cannot be applied.
inline int throws_left = 0;

struct Balance {
  static constexpr std::string_view wire_name = "test.Balance";
  int cents = 0;
  std::vector<int> events = {};

  void apply(const Deposited& event) {
    if (event.cents == 666 && throws_left-- > 0) throw std::runtime_error("cannot be applied");
    cents += event.cents;
    events.push_back(event.cents);
  }
  void apply(const Withdrawn& event) {
    cents -= event.cents;
    events.push_back(-event.cents);
  }
};

struct Deposit {
  static constexpr std::string_view wire_name = "test.Deposit";
  using Reply = int;
  int cents = 0;
};
/// Answered by a handler that is no coroutine.
struct Withdraw {
  static constexpr std::string_view wire_name = "test.Withdraw";
  using Reply = int;
  int cents = 0;
};
/// Both in one write.
struct Exchange {
  static constexpr std::string_view wire_name = "test.Exchange";
  using Reply = int;
  int out = 0;
  int in = 0;
};
/// Told, not asked.
struct Pay {
  static constexpr std::string_view wire_name = "test.Pay";
  int cents = 0;
};
struct GetBalance {
  static constexpr std::string_view wire_name = "test.GetBalance";
  using Reply = int;
};
struct Do {
  static constexpr std::string_view wire_name = "test.Do";
  std::string what;  ///< throws, twice, reentrant, stash, unstash, catches, catches 666.
};

/// What the instances share with the test.
struct Notes {
  std::vector<std::string> seen;
  int constructed = 0;
};

class Account : public Persistent<Balance, Deposited, Withdrawn> {
 public:
  using Protocol = Accepts<Deposit, Withdraw, Exchange, Pay, GetBalance, Do>;
  Account(const std::string& number, Notes* notes, PersistenceSettings settings = {})
      : Persistent("account-" + number, settings), notes_(notes) {
    ++notes_->constructed;
  }

  void on_start() { notes_->seen.push_back("start " + std::to_string(state().cents)); }
  void after_restart(const Error&) override {
    notes_->seen.push_back("restarted " + std::to_string(state().cents));
  }

  Task<int> on(Deposit deposit) {
    const Deposited event{deposit.cents};
    co_await persist(event);
    notes_->seen.push_back("deposited " + std::to_string(deposit.cents));
    co_return state().cents;
  }
  Task<int> on(Withdraw order) {
    return persist(Withdrawn{order.cents, "counter"}).then([](const Balance& now) {
      return now.cents;
    });
  }
  Task<int> on(Exchange order) {
    const Withdrawn out{order.out, "exchange"};
    co_await persist(out, Deposited{order.in});
    co_return state().cents;
  }
  Task<> on(Pay order) {
    co_await persist<Deposited>({order.cents});
    notes_->seen.push_back("paid " + std::to_string(order.cents));
  }
  int on(GetBalance) const { return state().cents; }
  Task<> on(Do order) {
    if (order.what == "throws") throw std::runtime_error("on purpose");
    if (order.what == "twice") {
      co_await persist<Deposited>({1});
      co_await persist<Deposited>({2});
    }
    if (order.what.starts_with("catches")) {
      bool is_caught = false;
      try {
        co_await persist<Deposited>({order.what == "catches 666" ? 666 : 1});
      } catch (...) {
        is_caught = true;
      }
      notes_->seen.push_back(is_caught ? "caught" : "went on");
    }
    if (order.what == "stash") stash(std::move(order));
    if (order.what == "unstash") unstash_all();
  }

 private:
  Notes* notes_;
};

}  // namespace troupe::persistent_test
