// The coordinator of the word count: spreads a text over the counters of other nodes, by path.
//
//   word_count_coordinator WORKER_ADDRESS... < commands
//     count TEXT RESULT    counts the words of a file and writes "count word" lines to another
//     ask WORKER_ADDRESS   asks the first counter of one node for the words of one line
//     child                asks a counter of the coordinator's own, which is on one of the nodes
//     losses               waits until a node is lost, and says what became of its counters
#include <chrono>
#include <fstream>
#include <iostream>
#include <sstream>
#include <troupe/troupe.hpp>

#include "foreman.hpp"
#include "words.hpp"

namespace {

using namespace std::chrono_literals;
using word_count::Counter;
using word_count::CountWords;
using word_count::Foreman;
using word_count::Totals;

constexpr std::size_t piece_bytes = 64 * 1024;
const std::string line_to_count = "In the beginning God created";

std::string path_of(const std::string& worker, std::size_t counter) {
  return "troupe://" + worker + "/user/counter-" + std::to_string(counter);
}

/// Pieces of whole lines.
std::vector<std::string> pieces_of(std::istream& text) {
  std::vector<std::string> pieces(1);
  for (std::string line; std::getline(text, line);) {
    if (pieces.back().size() > piece_bytes) pieces.emplace_back();
    pieces.back() += line + "\n";
  }
  return pieces;
}

using CounterRef = troupe::ActorRef<Counter::Protocol>;

/// The first of each node, then the second of each, and so on.
std::vector<CounterRef> counters_of(troupe::Node& node, const std::vector<std::string>& workers) {
  std::vector<CounterRef> counters;
  for (std::size_t i = 1; i <= word_count::counters_per_node; ++i) {
    for (const std::string& worker : workers) {
      counters.push_back(node.select<Counter::Protocol>(path_of(worker, i)));
    }
  }
  return counters;
}

void count(const std::vector<CounterRef>& counters, const std::string& from,
           const std::string& to) {
  std::ifstream text(from);
  const auto begin = std::chrono::steady_clock::now();
  const std::vector<std::string> pieces = pieces_of(text);
  std::vector<troupe::Future<Totals>> answers;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    answers.push_back(counters[i % counters.size()].ask(CountWords{pieces[i]}, 30s));
  }
  Totals totals;
  std::uint64_t words = 0;
  for (auto& answer : answers) {
    for (const auto& [word, times] : answer.get().value()) {
      totals[word] += times;
      words += times;
    }
  }
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  std::ofstream result(to);
  for (const auto& [word, times] : totals) result << times << " " << word << "\n";
  result.close();  // Whoever reads the line below finds the file whole.
  std::cout << words << " words, " << totals.size() << " different, in " << pieces.size()
            << " pieces by " << counters.size() << " counters: " << static_cast<int>(took.count())
            << " ms" << std::endl;
}

void ask(troupe::Node& node, const std::string& worker) {
  auto counter = node.select<Counter::Protocol>(path_of(worker, 1));
  const auto begin = std::chrono::steady_clock::now();
  const auto answer = counter.ask(CountWords{line_to_count}, 5s).get();
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  std::cout << (answer ? std::to_string(answer->size()) + " words" : answer.error().to_string())
            << "  (" << static_cast<int>(took.count()) << " ms)" << std::endl;
}

troupe::ActorRef<Foreman::Protocol> spawn_foreman(troupe::Node& node,
                                                  const std::vector<std::string>& workers) {
  const std::vector<CounterRef> counters = counters_of(node, workers);
  std::vector<troupe::NodeAddress> nodes;
  for (const std::string& worker : workers) {
    nodes.push_back(troupe::NodeAddress::parse(worker).value());
  }
  return node.spawn<Foreman>(
      "foreman", std::vector<troupe::AnyRef>(counters.begin(), counters.end()), std::move(nodes));
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> workers(argv + 1, argv + argc);
  if (workers.empty()) {
    std::cerr << "usage: word_count_coordinator WORKER_ADDRESS...\n";
    return 2;
  }
  // Soon, for those who watch.
  troupe::Node node(
      {.name = "coordinator", .listen = "127.0.0.1:0", .transport = {.down_after = 1s}});
  const auto foreman = spawn_foreman(node, workers);
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string command;
    std::string first;
    std::string second;
    words >> command >> first >> second;
    if (command == "count") {
      count(counters_of(node, workers), first, second);
    } else if (command == "ask") {
      ask(node, first);
    } else if (command == "child") {
      const auto answer = foreman.ask(word_count::AskChild{line_to_count}, 30s).get();
      std::cout << (answer ? *answer : answer.error().to_string()) << std::endl;
    } else if (command == "losses") {
      const auto losses = foreman.ask(word_count::Losses{}, 30s).get().value();
      for (std::size_t i = 0; i < losses.size(); ++i) std::cout << (i > 0 ? ", " : "") << losses[i];
      std::cout << std::endl;
    } else {
      std::cerr << "unknown command: " << line << "\n";
      return 2;
    }
  }
}
