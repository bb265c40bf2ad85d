// The actor of hello.cpp on another node, reached by its path. Both nodes are in this process here;
// examples/word_count has them in processes of their own.
#include <iostream>
#include <string>
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
  troupe::Node bank({.name = "bank", .listen = "127.0.0.1:0"});
  bank.spawn<Account>("account");

  troupe::Node customer({.name = "customer", .listen = "127.0.0.1:0"});
  const std::string path = "troupe://" + bank.address().to_string() + "/user/account";
  auto account = customer.select<Account>(path);
  account.tell(Deposit{500});
  std::cout << path << " has " << account.ask(Balance{}, 1s).get().value() << " cents\n";
}
