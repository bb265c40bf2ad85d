// An order desk whose orders survive its process: they lie in a file until they are packed.
//
//   durable_orders FILE place 20     places the orders 1 to 20, and packs them, one each 20 ms
//   durable_orders FILE              packs what is left
//
// In place of FILE it takes the URL of a Redis server, such as redis://127.0.0.1.
//
// Kill it in between as you like: each order that was "placed" is packed by some later run, in
// order. One whose packing was cut short is packed again.
#include <iostream>
#include <string>
#include <troupe/troupe.hpp>

#include "../storage.hpp"

using namespace std::chrono_literals;

struct Order {
  static constexpr std::string_view wire_name = "shop.Order";  // It is stored under this name.
  int number = 0;
};
struct Packed {
  static constexpr std::string_view wire_name = "shop.Packed";
  using Reply = int;  ///< How many orders this run has packed.
};

class OrderDesk : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Order, Packed>;

  /// The order is settled when this has ended, and not before.
  troupe::Task<> on(Order order) {
    co_await sleep(20ms);
    ++packed_;
    std::cout << "packed " << order.number << std::endl;
  }
  int on(Packed) const { return packed_; }

 private:
  int packed_ = 0;
};

struct Place {
  int orders = 0;
};

class Customer : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Place>;
  explicit Customer(troupe::RefTo<OrderDesk> desk) : desk_(desk) {}

  troupe::Task<> on(Place place) {
    for (int number = 1; number <= place.orders; ++number) {
      const troupe::Result<void> placed = co_await send<Order>(desk_, {number});
      if (!placed) co_return void(std::cerr << placed.error().to_string() << std::endl);
      std::cout << "placed " << number << std::endl;  // It is on storage.
    }
  }

 private:
  troupe::RefTo<OrderDesk> desk_;
};

int main(int count, char** arguments) {
  if (count < 2) {
    std::cerr << "usage: durable_orders FILE [place ORDERS]\n";
    return 2;
  }
  auto storage = open_storage(arguments[1]);
  if (!storage) {
    std::cerr << storage.error().to_string() << "\n";
    return 1;
  }
  troupe::Node node({.name = "shop", .listen = "", .storage = *std::move(storage)});
  const auto desk = node.spawn<OrderDesk>("desk", troupe::with(troupe::durable_mailbox("orders")));
  if (count > 3) {
    const auto customer = node.spawn<Customer>("customer", desk);
    customer.tell(Place{std::stoi(arguments[3])});
    node.drain(customer);
    static_cast<void>(node.stopped(customer).get());
  }
  const troupe::Result<int> packed = desk.ask(Packed{}, 1min).get();  // Behind all orders.
  if (packed) std::cout << "nothing is left; packed " << *packed << " orders" << std::endl;
  return packed && node.shutdown().complete() ? 0 : 1;
}
