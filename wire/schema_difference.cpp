#include <troupe/wire/schema_difference.hpp>

#include <algorithm>
#include <troupe/wire/reader.hpp>
#include <utility>
#include <vector>

namespace troupe::wire {
namespace {

constexpr std::string_view openers = "{[(<";
constexpr std::string_view closers = "}])>";

/// What is quoted of a description.
constexpr std::size_t quoted_max = 80;

/// "bank::Line{id: uint64}": a head, a kind of brackets, and what is in them.
struct Parts {
  std::string_view head;
  char bracket = 0;  ///< That closes; 0: there are none, and the head is all.
  std::vector<std::string_view> elements;
};

/// Splits at the commas that are in no brackets.
std::vector<std::string_view> split(std::string_view list) {
  std::vector<std::string_view> elements;
  std::size_t depth = 0;
  std::size_t begun = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (openers.find(list[i]) != std::string_view::npos) ++depth;
    if (closers.find(list[i]) != std::string_view::npos && depth > 0) --depth;
    if (depth != 0 || !list.substr(i).starts_with(", ")) continue;
    elements.push_back(list.substr(begun, i - begun));
    begun = i + 2;
  }
  if (begun < list.size()) elements.push_back(list.substr(begun));
  return elements;
}

/// Where the brackets open that close at the end of `text`; npos when they do not.
std::size_t opening_of_last(std::string_view text) {
  std::size_t depth = 0;
  for (std::size_t i = text.size(); i-- > 0;) {
    if (closers.find(text[i]) != std::string_view::npos) ++depth;
    if (openers.find(text[i]) == std::string_view::npos) continue;
    if (--depth == 0) return i;
  }
  return std::string_view::npos;
}

Parts parts_of(std::string_view type) {
  if (type.empty() || closers.find(type.back()) == std::string_view::npos) return {type, 0, {}};
  const std::size_t opening = opening_of_last(type);
  if (opening == std::string_view::npos) return {type, 0, {}};
  return {type.substr(0, opening), type.back(),
          split(type.substr(opening + 1, type.size() - opening - 2))};
}

/// "cents: int32": a name and a type.
std::pair<std::string_view, std::string_view> name_and_type(std::string_view field) {
  const std::size_t colon = field.find(": ");
  if (colon == std::string_view::npos) return {field, {}};
  return {field.substr(0, colon), field.substr(colon + 2)};
}

bool is_same_name(std::string_view here, std::string_view there) {
  return here == there || here.starts_with('#') || there.starts_with('#');
}

std::string quoted(std::string_view text) {
  if (text.size() <= quoted_max) return "`" + std::string(text) + "`";
  return "`" + std::string(text.substr(0, quoted_max)) + "...`";
}

std::string description_for(std::string_view here, std::string_view there) {
  return quoted(here) + " here and " + quoted(there) + " there";
}

class Comparison {
 public:
  [[nodiscard]] bool fits(std::string_view here, std::string_view there) {
    if (here == there) return true;
    if (depth_ >= nesting_depth_max) return false;
    const Parts ours = parts_of(here);
    const Parts theirs = parts_of(there);
    if (ours.bracket == 0 || ours.bracket != theirs.bracket || ours.head != theirs.head) {
      return false;
    }
    ++depth_;
    const bool result = ours.bracket == '}' ? fields_fit(ours, theirs) : elements_fit(ours, theirs);
    --depth_;
    return result;
  }

  /// Once something does not fit; empty when it was in no field.
  std::string reason;

 private:
  [[nodiscard]] bool fields_fit(const Parts& ours, const Parts& theirs) {
    const std::size_t common = std::min(ours.elements.size(), theirs.elements.size());
    for (std::size_t i = 0; i < common; ++i) {
      const auto [our_name, our_type] = name_and_type(ours.elements[i]);
      const auto [their_name, their_type] = name_and_type(theirs.elements[i]);
      if (is_same_name(our_name, their_name) && fits(our_type, their_type)) continue;
      if (reason.empty()) {
        reason = "field " + std::to_string(i + 1) + " of " + std::string(ours.head) + " is " +
                 description_for(ours.elements[i], theirs.elements[i]);
      }
      return false;
    }
    return true;
  }

  [[nodiscard]] bool elements_fit(const Parts& ours, const Parts& theirs) {
    return std::ranges::equal(ours.elements, theirs.elements,
                              [&](auto here, auto there) { return fits(here, there); });
  }

  std::size_t depth_ = 0;
};

}  // namespace

std::optional<std::string> schema_difference(std::string_view here, std::string_view there) {
  Comparison comparison;
  if (comparison.fits(here, there)) return std::nullopt;
  if (!comparison.reason.empty()) return std::move(comparison.reason);
  return "the type is " + description_for(here, there);
}

}  // namespace troupe::wire
