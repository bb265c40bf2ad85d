#include <troupe/program/nearest_name.hpp>

#include <algorithm>

namespace troupe::program {

std::size_t distance(std::string_view a, std::string_view b) {
  // Three rows of the table: that of two characters before, of the one before, and of this one.
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::swap(before_last, last);
    std::swap(last, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      const bool exchanged = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (exchanged) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row[b.size()];
}

std::string_view nearest_name(std::string_view wrong, const std::vector<std::string>& names) {
  constexpr std::size_t length_max = 100;
  if (wrong.size() > length_max) return {};
  std::string_view nearest;
  std::size_t least = std::max<std::size_t>(wrong.size() / 3, 1) + 1;
  for (const std::string& name : names) {
    if (name.size() > length_max) continue;
    if (const std::size_t changes = distance(wrong, name); changes < least) {
      least = changes;
      nearest = name;
    }
  }
  return nearest;
}

std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& names) {
  const std::string_view nearest = nearest_name(wrong, names);
  return nearest.empty() ? std::string() : "; did you mean " + std::string(nearest) + "?";
}

}  // namespace troupe::program
