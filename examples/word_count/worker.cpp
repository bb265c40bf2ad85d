// A worker node of the word count: `word_count_worker NAME` listens on a free port of the loopback
// address, prints where, and counts until its standard input ends. Others may have counters of
// their own here.
#include <iostream>
#include <troupe/troupe.hpp>

#include "words.hpp"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: word_count_worker NAME\n";
    return 2;
  }
  troupe::Node node({.name = argv[1], .listen = "127.0.0.1:0"});
  node.offers<word_count::Counter>("counter");
  for (std::size_t i = 1; i <= word_count::counters_per_node; ++i) {
    node.spawn<word_count::Counter>("counter-" + std::to_string(i));
  }
  std::cout << node.address().to_string() << std::endl;
  std::cin.ignore(std::numeric_limits<std::streamsize>::max());
}
