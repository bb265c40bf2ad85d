// A program outside of the tree, as a user would write it.
#include <iostream>
#include <troupe/troupe.hpp>

using namespace std::chrono_literals;

struct Deposit {
  int cents;
};
struct Balance {
  using Reply = int;
};

class Account : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Deposit, Balance>;
  void on(Deposit deposit) { cents_ += deposit.cents; }
  int on(Balance) const { return cents_; }

 private:
  int cents_ = 0;
};

int main() {
  troupe::ActorSystem system("bank");
  auto account = system.spawn<Account>("account");
  account.tell(Deposit{500});
  troupe::Result<int> cents = account.ask(Balance{}, 1s).get();
  std::cout << cents.value() << " cents\n";
}
