// An account whose balance survives its process: what happened to it is stored as events, and every
// 100 of them as a snapshot.
//
//   bank_account FILE 200     deposits 1, 2, 3 ... 200 cents, one after the other, and withdraws
//                             every tenth amount again
//   bank_account FILE         says what is there
//
// In place of FILE it takes the URL of a Redis server, such as redis://127.0.0.1.
//
// Kill it in between as you like: what it has said to have "booked" is there when it comes again,
// and nothing of it twice.
#include <iostream>
#include <string>
#include <troupe/persistence/persistent_actor.hpp>
#include <troupe/troupe.hpp>

#include "../storage.hpp"

// Events are stored under these names for years.
struct Deposited {
  static constexpr std::string_view wire_name = "bank.Deposited";
  int cents = 0;
};
struct Withdrawn {
  static constexpr std::string_view wire_name = "bank.Withdrawn";
  int cents = 0;
};

/// The state: it changes by events alone.
struct Balance {
  static constexpr std::string_view wire_name = "bank.Balance";
  int cents = 0;
  int bookings = 0;

  void apply(const Deposited& event) {
    cents += event.cents;
    ++bookings;
  }
  void apply(const Withdrawn& event) {
    cents -= event.cents;
    ++bookings;
  }
};

struct Deposit {
  using Reply = Balance;  ///< As it is then.
  int cents = 0;
};
struct Withdraw {
  using Reply = Balance;
  int cents = 0;
};
struct GetBalance {
  using Reply = Balance;
};

class Account : public troupe::Persistent<Balance, Deposited, Withdrawn> {
 public:
  using Protocol = troupe::Accepts<Deposit, Withdraw, GetBalance>;
  explicit Account(const std::string& number)
      : Persistent("account-" + number, {.snapshot_every = 100}) {}

  troupe::Task<Balance> on(Deposit deposit) {
    return persist(Deposited{deposit.cents}).then([](const Balance& balance) { return balance; });
  }
  troupe::Task<Balance> on(Withdraw order) {
    if (order.cents > state().cents) {
      co_return troupe::Error(troupe::ErrorCode::refused, "there is not so much on the account");
    }
    co_await persist(Withdrawn{order.cents});  // Comes back once it is on storage.
    co_return state();
  }
  Balance on(GetBalance) const { return state(); }
};

int main(int count, char** arguments) {
  if (count < 2) {
    std::cerr << "usage: bank_account FILE [BOOKINGS]\n";
    return 2;
  }
  auto storage = open_storage(arguments[1]);
  if (!storage) {
    std::cerr << storage.error().to_string() << "\n";
    return 1;
  }
  troupe::Node node({.name = "bank", .listen = "", .storage = *std::move(storage)});
  const auto account = node.spawn<Account>("account", "7");
  const troupe::Result<Balance> found = account.ask(GetBalance{}).get();
  if (!found) {
    std::cerr << found.error().to_string() << "\n";
    return 1;
  }
  std::cout << "found " << found->bookings << " bookings, " << found->cents << " cents"
            << std::endl;
  const int bookings = count > 2 ? std::stoi(arguments[2]) : 0;
  for (int cents = 1; cents <= bookings; ++cents) {
    const troupe::Result<Balance> balance =
        cents % 10 == 0 ? account.ask(Withdraw{cents}).get() : account.ask(Deposit{cents}).get();
    if (!balance) {
      std::cerr << balance.error().to_string() << "\n";
      return 1;
    }
    std::cout << "booked " << (cents % 10 == 0 ? -cents : cents) << ", " << balance->cents
              << " cents" << std::endl;
  }
  return node.shutdown().complete() ? 0 : 1;
}
