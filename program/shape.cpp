#include <troupe/program/shape.hpp>

#include <array>
#include <charconv>
#include <troupe/wire/reader.hpp>

namespace troupe::program {
namespace {

using Kind = Shape::Kind;

constexpr std::string_view openers = "{[(<";
constexpr std::string_view closers = "}])>";

std::vector<std::string_view> split(std::string_view list) {
  std::vector<std::string_view> elements;
  std::size_t depth = 0;
  std::size_t begun = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (openers.find(list[i]) != openers.npos) ++depth;
    if (closers.find(list[i]) != closers.npos && depth > 0) --depth;
    if (depth != 0 || !list.substr(i).starts_with(", ")) continue;
    elements.push_back(list.substr(begun, i - begun));
    begun = i + 2;
  }
  if (begun < list.size()) elements.push_back(list.substr(begun));
  return elements;
}

/// Where the brackets open that close at the end; npos where there are none.
std::size_t opening_of_last(std::string_view text) {
  if (text.empty() || closers.find(text.back()) == closers.npos) return text.npos;
  std::size_t depth = 0;
  for (std::size_t i = text.size(); i-- > 0;) {
    if (closers.find(text[i]) != closers.npos) ++depth;
    if (openers.find(text[i]) != openers.npos && --depth == 0) return i;
  }
  return text.npos;
}

bool parse_number(std::string_view text, std::size_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

struct Word {
  std::string_view text;
  Kind kind;
  unsigned bits;
  bool is_signed;
};
constexpr std::array<Word, 15> words = {{{"bool", Kind::truth, 0, false},
                                         {"int8", Kind::integer, 8, true},
                                         {"int16", Kind::integer, 16, true},
                                         {"int32", Kind::integer, 32, true},
                                         {"int64", Kind::integer, 64, true},
                                         {"uint8", Kind::integer, 8, false},
                                         {"uint16", Kind::integer, 16, false},
                                         {"uint32", Kind::integer, 32, false},
                                         {"uint64", Kind::integer, 64, false},
                                         {"float32", Kind::real, 32, true},
                                         {"float64", Kind::real, 64, true},
                                         {"string", Kind::text, 0, false},
                                         {"bytes", Kind::bytes, 0, false},
                                         {"nil", Kind::nil, 0, false},
                                         {"ref", Kind::ref, 0, false}}};

class Parser {
 public:
  Shape parse(std::string_view text) {
    if (open_.size() >= wire::nesting_depth_max) is_too_deep = true;
    if (is_too_deep) return {};
    const std::size_t opening = opening_of_last(text);
    if (opening == text.npos) return plain(text);
    const std::string_view head = text.substr(0, opening);
    const std::string_view inside = text.substr(opening + 1, text.size() - opening - 2);
    open_.push_back(text.back() == '}' ? head : std::string_view());
    Shape shape = bracketed(text, head, inside);
    open_.pop_back();
    return shape;
  }

  bool is_too_deep = false;

 private:
  static Shape named(Kind kind, std::string_view name) {
    Shape shape;
    shape.kind = kind;
    shape.name = name;
    return shape;
  }

  Shape plain(std::string_view text) const {
    for (const Word& word : words) {
      if (word.text != text) continue;
      Shape shape = named(word.kind, text);
      shape.bits = word.bits;
      shape.is_signed = word.is_signed;
      return shape;
    }
    if (text.starts_with("bytes ")) {
      Shape shape = named(Kind::bytes, text);
      if (parse_number(text.substr(6), shape.size)) return shape;
    }
    const std::size_t colon = text.rfind(':');
    if (colon != text.npos && colon > 0 && text[colon - 1] != ':') {  // bank::Currency:int32
      Shape shape = plain(text.substr(colon + 1));
      if (shape.kind == Kind::integer) return shape;
    }
    return by_name(text);
  }

  Shape by_name(std::string_view text) const {
    for (const std::string_view name : open_) {
      if (!name.empty() && name == text) return named(Kind::recursion, text);
    }
    return named(Kind::opaque, text);
  }

  Shape with_parts(Kind kind, std::string_view head, std::string_view inside) {
    Shape shape = named(kind, head);
    for (const std::string_view part : split(inside)) shape.parts.push_back(parse(part));
    return shape;
  }

  Shape bracketed(std::string_view text, std::string_view head, std::string_view inside) {
    switch (text.back()) {
      case '}': return structure(head, inside);
      case ')': return head.empty() ? with_parts(Kind::tuple, head, inside) : by_name(text);
      case ']': return list(text, head, inside);
      default: return angled(text, head, inside);
    }
  }

  Shape structure(std::string_view head, std::string_view inside) {
    Shape shape = named(Kind::structure, head);
    for (const std::string_view field : split(inside)) {
      const std::size_t colon = field.find(": ");
      shape.fields.emplace_back(field.substr(0, colon));
      shape.parts.push_back(colon == field.npos ? Shape() : parse(field.substr(colon + 2)));
    }
    return shape;
  }

  Shape list(std::string_view text, std::string_view head, std::string_view inside) {
    Shape shape = with_parts(Kind::list, head, inside);
    shape.has_size = !head.empty();
    if (shape.parts.size() != 1) return by_name(text);
    if (shape.has_size && !parse_number(head, shape.size)) return by_name(text);
    return shape;
  }

  /// Templates of users end in such brackets too.
  Shape angled(std::string_view text, std::string_view head, std::string_view inside) {
    if (head == "variant" && !inside.empty()) return with_parts(Kind::variant, head, inside);
    const bool is_wrapped = head.starts_with("duration ") || head.starts_with("time_point ");
    const std::size_t parts = head == "map" ? 2 : head == "optional" || is_wrapped ? 1 : 0;
    if (parts == 0) return by_name(text);
    Shape shape = with_parts(head == "map"        ? Kind::map
                             : head == "optional" ? Kind::optional
                                                  : Kind::wrapped,
                             head, inside);
    return shape.parts.size() == parts ? shape : by_name(text);
  }

  std::vector<std::string_view> open_;  ///< Names of the structures around; empty ones of others.
};

std::string quoted_list(const std::vector<Shape>& parts) {
  std::string text;
  for (const Shape& part : parts) text += (text.empty() ? "" : ", ") + name_of(part);
  return text;
}

}  // namespace

Result<Shape> shape_of(std::string_view description) {
  Parser parser;
  Shape shape = parser.parse(description);
  if (parser.is_too_deep) {
    return Error(ErrorCode::malformed, "a type is nested more deeply than messages may be");
  }
  return shape;
}

IntegerRange range_of(const Shape& shape) noexcept {
  const unsigned value_bits = shape.bits - (shape.is_signed ? 1 : 0);
  const std::uint64_t max = ~std::uint64_t{0} >> (64 - value_bits);
  return {shape.is_signed ? -static_cast<std::int64_t>(max) - 1 : 0, max};
}

std::string name_of(const Shape& shape) {
  switch (shape.kind) {
    case Kind::truth: return "true or false";
    case Kind::integer: {
      const IntegerRange range = range_of(shape);
      return "an integer from " + std::to_string(range.min) + " to " + std::to_string(range.max);
    }
    case Kind::real: return "a number";
    case Kind::text: return "a string";
    case Kind::bytes: return "a string of hexadecimal digits, two for each byte";
    case Kind::nil: return "null";
    case Kind::ref: return "the path of an actor as a string, or null";
    case Kind::list: return "a list";
    case Kind::map: return "an object, or a list of pairs";
    case Kind::tuple: return "a list of " + std::to_string(shape.parts.size());
    case Kind::optional: return name_of(shape.parts[0]) + ", or null";
    case Kind::variant: return "one of: " + quoted_list(shape.parts);
    case Kind::wrapped: return name_of(shape.parts[0]) + " (" + shape.name + ")";
    case Kind::structure:
    case Kind::recursion: return "an object (" + shape.name + ")";
    case Kind::opaque: break;
  }
  return "what " + shape.name + " is made of";
}

}  // namespace troupe::program
