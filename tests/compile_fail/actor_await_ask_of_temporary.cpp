// g++ before 13 destroys the message twice; other compilers do not, and take it.
// only: g++ before 13
// expect: g\+\+ before 13 destroys this temporary twice
// expect: troupe::moved\(name\)
#include <string>
#include <troupe/troupe.hpp>

struct Order {
  using Reply = int;
  std::string item;
};

troupe::Task<int> use(troupe::Context& self, troupe::ActorRef<troupe::Accepts<Order>> shop) {
#ifdef FIXED
  auto answer = co_await self.ask<Order>(shop, {"tea"});
#else
  auto answer = co_await self.ask(shop, Order{"tea"});
#endif
  co_return answer.value();
}
