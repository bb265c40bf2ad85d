// A user's own program whose orders are stored, where its configuration gives it storage. It says
// "handled ITEM" of each order; one below 0 fails, and is not tried again.
#include <iostream>
#include <stdexcept>
#include <troupe/program/node_main.hpp>
#include <troupe/troupe.hpp>

namespace {

struct Order {
  static constexpr std::string_view wire_name = "desk.Order";
  int item = 0;
};

class Desk : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Order>;
  void on(Order order) {
    if (order.item < 0) throw std::runtime_error("there is no such item");
    std::cout << "handled " << order.item << std::endl;
  }
};

void set_up(troupe::Node& node) {
  node.spawn<Desk>("desk", troupe::with(troupe::durable_mailbox("orders", {.retries = 0})));
}

}  // namespace

int main(int argc, char** argv) { return troupe::node_main(argc, argv, set_up); }
