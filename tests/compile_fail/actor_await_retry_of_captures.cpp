// g++ before 13 destroys what is captured twice; other compilers do not, and take it.
// only: g++ before 13
// expect: g\+\+ before 13 destroys what this lambda captures by value
#include <string>
#include <troupe/troupe.hpp>

struct Order {
  using Reply = int;
  std::string item;
};

troupe::Task<int> use(troupe::Context& self, troupe::ActorRef<troupe::Accepts<Order>> shop) {
  const std::string item = "tea";
#ifdef FIXED
  auto answer = co_await self.retry({}, [&] { return shop.ask<Order>({item}); });
#else
  auto answer = co_await self.retry({}, [shop, item] { return shop.ask<Order>({item}); });
#endif
  co_return answer.value();
}
