// A user's own program, with all that node_main() gives it. The variable BANK_DOES says what else:
//   waits     its setup says "waits", and goes on when its standard input ends
//   throws    its setup throws what is no exception
//   lingers   its guard says "stopping" when it is stopped, and goes on when the input ends
//   holds     the handler of its vault says "held", and goes on when the input ends
//   keeps     its books, which it hands over before it leaves, say "handing over", and never have
//   clings    keeps and lingers
//   fails     its books throw when they are to be handed over
// Its guard says "stopped" once it has been stopped.
#include <troupe/program/node_main.hpp>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string_view>

#include "bank.hpp"

namespace bank {

struct Hold {
  using Reply = bool;
};

}  // namespace bank

namespace {

bool does(std::string_view what) {
  const char* const said = std::getenv("BANK_DOES");
  return said != nullptr && said == what;
}

void wait_for_the_end_of_input(const char* word) {
  std::cout << word << std::endl;
  while (std::getchar() != EOF) {
  }
}

class Guard : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<bank::Audit>;
  int on(bank::Audit) { return 0; }
  void on_stop() override {
    if (does("lingers") || does("clings")) wait_for_the_end_of_input("stopping");
    std::cout << "stopped" << std::endl;
  }
};

class Vault : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<bank::Hold>;
  bool on(bank::Hold) {
    wait_for_the_end_of_input("held");
    return true;
  }
};

troupe::Future<void> hand_over_books(troupe::TimePoint /*by*/) {
  static troupe::Promise<void> kept;
  if (does("fails")) throw std::runtime_error("the books are lost");
  std::cout << "handing over" << std::endl;
  return kept.future();
}

void set_up(troupe::Node& node) {
  if (does("keeps") || does("clings") || does("fails")) {
    node.cluster().before_leaving("books", hand_over_books).value();
  }
  node.spawn<Guard>("guard");
  if (does("throws")) throw 5;
  if (does("waits")) wait_for_the_end_of_input("waits");
  if (does("holds")) node.spawn<Vault>("vault");
  node.spawn<bank::Account>("account");
}

}  // namespace

int main(int argc, char** argv) { return troupe::node_main(argc, argv, set_up); }
