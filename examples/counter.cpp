// A behaviour as a value: state first, handlers after; returning a behaviour becomes it.
#include <iostream>
#include <troupe/troupe.hpp>

struct Increment {
  int amount;
};
struct Get {
  using Reply = int;
};
struct Freeze {};

int main() {
  troupe::ActorSystem system("counters");
  auto counter = system.spawn(
      "counter", troupe::behavior(
                     0, [](int& n, Increment by) { n += by.amount; }, [](int& n, Get) { return n; },
                     [](int& n, Freeze) {
                       return troupe::behavior(
                           n, [](int&, Increment) {}, [](int& frozen, Get) { return frozen; });
                     }));
  counter.tell(Increment{2});
  counter.tell(Freeze{});
  counter.tell(Increment{40});
  std::cout << counter.ask(Get{}).get().value() << "\n";
}
