// What is not among the class's events could not be read when it recovers.
// expect: an event that troupe::Persistent<State, Events...> lacks

#include <troupe/persistence/persistent_actor.hpp>
#include <troupe/troupe.hpp>

struct Deposited {
  static constexpr std::string_view wire_name = "bank.Deposited";
  int cents = 0;
};
struct Withdrawn {
  static constexpr std::string_view wire_name = "bank.Withdrawn";
  int cents = 0;
};
struct Balance {
  static constexpr std::string_view wire_name = "bank.Balance";
  int cents = 0;
  void apply(const Deposited& event) { cents += event.cents; }
};
struct Withdraw {};

class Account : public troupe::Persistent<Balance, Deposited> {
 public:
  using Protocol = troupe::Accepts<Withdraw>;
  Account() : Persistent("account") {}
#ifdef FIXED
  troupe::Task<> on(Withdraw) { co_await persist(Deposited{-5}); }
#else
  troupe::Task<> on(Withdraw) { co_await persist(Withdrawn{5}); }
#endif
};

void use(troupe::ActorSystem& system) { system.spawn<Account>("account"); }
