// Asking inside a handler: a coroutine waits for two accounts in turn, and no thread is blocked.
#include <iostream>
#include <string>
#include <troupe/troupe.hpp>

using namespace std::chrono_literals;

struct Deposit {
  int cents;
};
struct Withdraw {
  using Reply = bool;  ///< False when there is not enough.
  int cents;
};
struct Balance {
  using Reply = int;
};
using AccountProtocol = troupe::Accepts<Deposit, Withdraw, Balance>;

class Account : public troupe::Actor {
 public:
  using Protocol = AccountProtocol;
  explicit Account(int cents) : cents_(cents) {}

  void on(Deposit deposit) { cents_ += deposit.cents; }
  bool on(Withdraw withdraw) {
    if (cents_ < withdraw.cents) return false;
    cents_ -= withdraw.cents;
    return true;
  }
  int on(Balance) const { return cents_; }

 private:
  int cents_;
};

struct Receipt {
  bool done = false;
  std::string text;
};
struct Transfer {
  using Reply = Receipt;
  troupe::ActorRef<AccountProtocol> from;
  troupe::ActorRef<AccountProtocol> to;
  int cents = 0;
};

class Bank : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Transfer>;
  troupe::Task<Receipt> on(Transfer transfer) {
    // Not ask(ref, Withdraw{...}): g++ before 13 destroys a temporary in a co_await twice.
    auto taken = co_await ask<Withdraw>(transfer.from, {transfer.cents}, 50ms);
    if (!taken) co_return Receipt{false, taken.error().to_string()};
    if (!*taken) co_return Receipt{false, "not enough in " + transfer.from.path()};
    transfer.to.tell(Deposit{transfer.cents});
    co_return Receipt{true, std::to_string(transfer.cents) + " cents moved"};
  }
};

int main() {
  troupe::ActorSystem system("bank");
  auto alice = system.spawn<Account>("alice", 500);
  auto bob = system.spawn<Account>("bob", 0);
  auto bank = system.spawn<Bank>("bank");
  for (const int cents : {300, 300}) {
    std::cout << bank.ask(Transfer{alice, bob, cents}).get().value().text << "\n";
  }
  std::cout << "bob has " << bob.ask(Balance{}).get().value() << " cents\n";
}
