// g++ before 13 destroys what is captured twice; other compilers do not, and take it.
// only: g++ before 13
// expect: g\+\+ before 13 destroys the temporary
#include <string>
#include <troupe/troupe.hpp>

struct Order {
  using Reply = int;
  std::string item;
};

troupe::Task<int> use(troupe::Context& self, troupe::ActorRef<troupe::Accepts<Order>> shop) {
  const std::string item = "tea";
#ifdef FIXED
  auto answer =
      co_await shop.ask<Order>({item}).then([](troupe::Result<int> is) { return is.ok() ? 1 : 0; });
#else
  auto answer = co_await shop.ask<Order>({item}).then(
      [item](troupe::Result<int> is) { return is.ok() ? 1 : 0; });
#endif
  co_return answer.value();
}
