// A node with one shop, "/user/shop", as it is today. Listens on its argument, prints its address,
// and ends when its standard input does.
#include <cstdio>
#include <iostream>

#include "shop.hpp"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: shop_node host:port\n";
    return 2;
  }
  try {
    troupe::Node node({.name = "shop", .listen = argv[1]});
    node.spawn<shop::Shop>("shop");
    std::cout << node.address().to_string() << std::endl;
    while (std::getchar() != EOF) {
    }
  } catch (const troupe::Failure& failure) {
    std::cerr << failure.what() << "\n";
    return 1;
  }
  return 0;
}
