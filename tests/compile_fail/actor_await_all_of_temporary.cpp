// g++ before 13 destroys the message twice; other compilers do not, and take it.
// only: g++ before 13
// expect: g\+\+ before 13 destroys the temporary in .co_await ref.ask\(Order\{...\}\). twice
#include <string>
#include <troupe/troupe.hpp>

struct Order {
  using Reply = int;
  std::string item;
};

troupe::Task<int> use(troupe::Context& self, troupe::ActorRef<troupe::Accepts<Order>> shop) {
#ifdef FIXED
  auto answer = co_await all(shop.ask<Order>({"tea"}), shop.ask<Order>({"tea"}));
#else
  auto answer = co_await all(shop.ask(Order{"tea"}), shop.ask<Order>({"tea"}));
#endif
  co_return std::get<0>(answer.value());
}
