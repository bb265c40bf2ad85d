// A child on another node is made from arguments that go there.
// expect: a pointer or reference cannot be serialised: it means nothing in another process

#include <troupe/troupe.hpp>

struct Deposit {};
#ifdef FIXED
using Owner = std::string;
#else
using Owner = const char*;
#endif

class Account : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Deposit>;
  explicit Account(Owner /*owner*/) {}
  void on(Deposit) {}
};

class Bank : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Deposit>;
  troupe::Task<> on(Deposit) {
    const troupe::NodeAddress node{"bank", "127.0.0.1", 7002};
    static_cast<void>(co_await spawn_on<Account>(node, "account", Owner("ann")));
  }
};

void use(troupe::ActorSystem& system) { system.spawn<Bank>("bank"); }
