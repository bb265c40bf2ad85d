// g++ before 13 destroys the temporary event twice.
// only: g++ before 13
// expect: write `co_await persist<Event>\(\{members...\}\)`

#include <troupe/persistence/persistent_actor.hpp>
#include <troupe/troupe.hpp>

struct Renamed {
  static constexpr std::string_view wire_name = "bank.Renamed";
  std::string name;
};
struct Owner {
  static constexpr std::string_view wire_name = "bank.Owner";
  std::string name;
  void apply(const Renamed& event) { name = event.name; }
};
struct Rename {
  std::string name;
};

class Account : public troupe::Persistent<Owner, Renamed> {
 public:
  using Protocol = troupe::Accepts<Rename>;
  Account() : Persistent("account") {}
#ifdef FIXED
  troupe::Task<> on(Rename order) { co_await persist<Renamed>({order.name}); }
#else
  troupe::Task<> on(Rename order) { co_await persist(Renamed{order.name}); }
#endif
};

void use(troupe::ActorSystem& system) { system.spawn<Account>("account"); }
