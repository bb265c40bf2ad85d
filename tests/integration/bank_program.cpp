// A user's own program, with all that node_main() gives it.
#include <troupe/program/node_main.hpp>

#include "bank.hpp"

int main(int argc, char** argv) {
  return troupe::node_main(argc, argv,
                           [](troupe::Node& node) { node.spawn<bank::Account>("account"); });
}
