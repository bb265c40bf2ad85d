// A node with one account, "/user/account", for tests to talk to and to kill. Listens on its
// argument, prints its address, and ends when its standard input does.
#include <cstdio>
#include <iostream>

#include "bank.hpp"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: bank_node host:port\n";
    return 2;
  }
  try {
    troupe::Node node({.name = "bank", .listen = argv[1]});
    node.spawn<bank::Account>("account");
    std::cout << node.address().to_string() << std::endl;
    while (std::getchar() != EOF) {
    }
  } catch (const troupe::Failure& failure) {
    std::cerr << failure.what() << "\n";
    return 1;
  }
  return 0;
}
