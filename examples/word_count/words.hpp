// The messages of the word count, and the actor that counts. The same on all nodes.
#pragma once

#include <cctype>
#include <cstdint>
#include <map>
#include <string>
#include <troupe/troupe.hpp>

namespace word_count {

using Totals = std::map<std::string, std::uint64_t>;

/// Counts the words of a piece of text: runs of the letters a to z, in lower case.
struct CountWords {
  using Reply = Totals;
  std::string text;
};

struct WhoCounts {
  using Reply = troupe::AnyRef;
};

class Counter : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<CountWords, WhoCounts>;

  troupe::AnyRef on(WhoCounts) { return self(); }

  Totals on(const CountWords& order) {
    Totals totals;
    std::string word;
    for (const char c : order.text + "\n") {
      if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
        word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      } else if (!word.empty()) {
        ++totals[word];
        word.clear();
      }
    }
    return totals;
  }
};

/// Counters on each worker node; at "/user/counter-1" and so on.
inline constexpr std::size_t counters_per_node = 2;

}  // namespace word_count
