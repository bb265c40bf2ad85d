// An event is stored for years, under a name that a renamed type keeps.
// expect: what is stored has a name of its own

#include <troupe/persistence/persistent_actor.hpp>
#include <troupe/troupe.hpp>

struct Deposited {
#ifdef FIXED
  static constexpr std::string_view wire_name = "bank.Deposited";
#endif
  int cents = 0;
};
struct Balance {
  static constexpr std::string_view wire_name = "bank.Balance";
  int cents = 0;
  void apply(const Deposited& event) { cents += event.cents; }
};
struct Deposit {};

class Account : public troupe::Persistent<Balance, Deposited> {
 public:
  using Protocol = troupe::Accepts<Deposit>;
  Account() : Persistent("account") {}
  troupe::Task<> on(Deposit) { co_await persist(Deposited{}); }
};

void use(troupe::ActorSystem& system) { system.spawn<Account>("account"); }
