// An on_start is awaited by nobody who could use a value.
// expect: on_start\(\) returns void or troupe::Task<>

#include <troupe/troupe.hpp>

struct Deposit {};

class Account : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Deposit>;
#ifdef FIXED
  troupe::Task<> on_start() { co_return; }
#else
  int on_start() { return 1; }
#endif
  void on(Deposit) {}
};

void use(troupe::ActorSystem& system) { system.spawn<Account>("account"); }
