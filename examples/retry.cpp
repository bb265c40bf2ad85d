// Asks that are tried again: a kiosk asks a shop that opens late. Also a message that is private to
// its actor, and requests that are put aside.
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <troupe/troupe.hpp>

using namespace std::chrono_literals;

struct Order {
  using Reply = std::string;
  std::string item;
  int count = 1;
};

class Shop : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Order>;

  void on_start() { start_timer("opening", troupe::after(60ms), Open{}); }

  troupe::Result<std::string> on(const Order& order) {
    if (!open_) return troupe::Error(troupe::ErrorCode::mailbox_full, "the shop is not open yet");
    return std::to_string(order.count) + " x " + order.item;
  }

 private:
  struct Open {
    static constexpr bool local_message = true;
  };

 public:
  using Private = troupe::Accepts<Open>;  // From this actor's own timer alone.
  void on(Open) { open_ = true; }

 private:
  bool open_ = false;
};

struct Buy {
  using Reply = std::string;
  std::string item;
};

class Kiosk : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Buy>;
  explicit Kiosk(troupe::RefTo<Shop> shop) : shop_(shop) {}

  troupe::Task<std::string> on(Buy buy) {
    auto bought = co_await retry({.times = 8, .initial = 20ms, .max = 200ms},
                                 [&] { return ask<Order>(shop_, {buy.item, 2}, 1s); });
    if (!bought) co_return bought.error().to_string();
    const troupe::TimePoint bought_at = now();
    co_await sleep(10ms);  // It is wrapped.
    co_return *bought + (now() - bought_at >= 10ms ? ", wrapped" : "");
  }

 private:
  troupe::RefTo<Shop> shop_;
};

int main() {
  troupe::ActorSystem system("market");
  const auto shop = system.spawn<Shop>("shop");
  const auto kiosk = system.spawn<Kiosk>("kiosk", shop);
  const auto bought = kiosk.ask(Buy{"tea"}).get();
  std::cout << (bought ? *bought : bought.error().to_string()) << "\n";
  return bought == std::string("2 x tea, wrapped") ? EXIT_SUCCESS : EXIT_FAILURE;
}
