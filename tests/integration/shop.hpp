// A shop's messages as the program was yesterday and as it is today: one type has got a field more,
// one has been changed. Each of two programs is built with one of them.
#pragma once

#include <string>
#include <troupe/troupe.hpp>

namespace shop {

#if defined(SHOP_OF_TODAY)
struct Order {
  int pieces = 0;
  std::string colour = "grey";
};
struct Price {
  std::string amount;
};
#else
struct Order {
  int pieces = 0;
};
struct Price {
  int amount = 0;
};
#endif

/// Which orders came: pieces, and their colours where they have any.
struct Orders {
  using Reply = std::string;
};
/// Has an order and a price sent to this ref.
struct SendTo {
  troupe::AnyRef to;
};

class Shop : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Order, Price, Orders, SendTo>;

  void on(const Order& order) {
    orders_ += std::to_string(order.pieces);
#if defined(SHOP_OF_TODAY)
    orders_ += " " + order.colour;
#endif
    orders_ += ";";
  }
  void on(const Price& /*price*/) { orders_ += "price;"; }
  std::string on(Orders) const { return orders_; }
  void on(SendTo order) {
    order.to.tell(Order{7});
    order.to.tell(Price{});
  }

 private:
  std::string orders_;
};

}  // namespace shop
