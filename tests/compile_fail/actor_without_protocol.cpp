// An actor class says which messages it takes.
// expect: using Protocol = troupe::Accepts<...>

#include <troupe/troupe.hpp>

struct Deposit {};

class Account : public troupe::Actor {
 public:
#ifdef FIXED
  using Protocol = troupe::Accepts<Deposit>;
#endif
  void on(Deposit) {}
};

void use(troupe::ActorSystem& system) {
  auto account = system.try_spawn<Account>("account");
  static_cast<void>(account);
}
