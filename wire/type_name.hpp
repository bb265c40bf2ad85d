// The name of a type, as text that two differently compiled nodes agree on, and its wire key.
//
// The text comes from __PRETTY_FUNCTION__ and is brought to one spelling for g++ and clang. They
// agree on classes, enums, nested and std types, also inside templates; they do not on inline
// namespaces, on types local to a function, and on a template of your own with default arguments
// inside a list of types, so a message of such a type should declare a `wire_name`. So should one
// that may be renamed or moved to another namespace while programs of both versions run:
//
//   struct Deposit {
//     static constexpr std::string_view wire_name = "bank.Deposit";
//     int cents = 0;
//   };
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <troupe/wire/fnv1a.hpp>

namespace troupe::wire {

namespace spelling {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

constexpr bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_';
}

/// Rewrites one compiler's spelling of a type into ours, which is never longer.
class Normaliser {
 public:
  constexpr Normaliser(std::string_view input, char* output) : input_(input), output_(output) {}

  /// Returns the number of characters written.
  constexpr std::size_t run() {
    while (!input_.empty()) {
      if (take(" ")) continue;
      if (input_[0] == '\'') {
        put_literal();
      } else if (take("{anonymous}::") || take("(anonymous namespace)::")) {
        put("{anonymous}::");
      } else if (is_word(input_[0])) {
        put_word(take_word());
      } else {
        if (input_[0] == '>') drop_defaults();
        put(input_.substr(0, 1));
        input_.remove_prefix(1);
        if (output_[size_ - 1] == ',') put(" ");
        if (output_[size_ - 1] == '>') name_string();
      }
    }
    return size_;
  }

 private:
  /// Takes `text` off the front of the input, if it is there.
  constexpr bool take(std::string_view text) {
    if (!input_.starts_with(text)) return false;
    input_.remove_prefix(text.size());
    return true;
  }

  constexpr std::string_view take_word() {
    std::size_t length = 0;
    while (length < input_.size() && is_word(input_[length])) ++length;
    const std::string_view word = input_.substr(0, length);
    input_.remove_prefix(length);
    return word;
  }

  constexpr void put(std::string_view text) {
    for (const char c : text) output_[size_++] = c;
  }

  /// Two words in a row have a space between them, and a comma has one behind it; there are no
  /// others, as g++ writes "> >" and "int*", and clang ">>" and "int *".
  constexpr void put_word(std::string_view word) {
    if (word == "__cxx11" || word == "_V2") {  // libstdc++'s inline namespaces; clang omits them
      take("::");
      return;
    }
    if (size_ > 0 && is_word(output_[size_ - 1])) put(" ");
    if (is_integer_word(word)) {
      put_integer_type(word);
    } else if (is_digit(word[0])) {
      put(word.substr(0, word.find_first_of("uUlL")));  // clang writes 3UL where g++ writes 3
    } else {
      put(word);
    }
  }

  /// A character that is an argument of a template: it may look like anything.
  constexpr void put_literal() {
    std::size_t length = 1;
    while (input_[length] != '\'') length += input_[length] == '\\' ? 2U : 1U;
    put(input_.substr(0, length + 1));
    input_.remove_prefix(length + 1);
  }

  [[nodiscard]] constexpr std::string_view written(std::size_t from, std::size_t to) const {
    return {output_ + from, to - from};
  }

  /// Where, before `end`, the list of arguments begins that is open there; its last comma before
  /// `end`, or else that beginning, in `comma`.
  constexpr std::size_t open_before(std::size_t end, std::size_t& comma) const {
    std::size_t depth = 0;
    comma = 0;
    for (std::size_t at = end; at-- > 0;) {
      const char c = output_[at];
      if (c == '>' || c == ')' || c == ']') ++depth;
      if (c == ',' && depth == 0 && comma == 0) comma = at;
      if (c != '<' && c != '(' && c != '[') continue;
      if (depth == 0) {
        if (comma == 0) comma = at;
        return at;
      }
      --depth;
    }
    return end;
  }

  /// The name of the template whose arguments begin at `open`, such as "std::vector".
  [[nodiscard]] constexpr std::string_view name_before(std::size_t open) const {
    std::size_t begin = open;
    while (begin > 0 && (is_word(output_[begin - 1]) || output_[begin - 1] == ':')) --begin;
    return written(begin, open);
  }

  /// Inside a list of types g++ writes the arguments that a std template has by default: clang's
  /// "Event<std::vector<int>>" is its "Event<std::vector<int, std::allocator<int> > >". Called in
  /// front of each '>', so that inner lists are done before outer ones.
  constexpr void drop_defaults() {
    std::size_t comma = 0;
    const std::size_t open = open_before(size_, comma);
    if (open == size_ || output_[open] != '<') return;
    const std::string_view name = name_before(open);
    if (!name.starts_with("std::")) return;
    while (comma != open) {
      std::size_t before = 0;
      static_cast<void>(open_before(comma, before));
      const bool second = before == open;
      if (second && (name.ends_with("map"))) return;  // What is left is key and value.
      const std::string_view first = written(open + 1, first_comma(open));
      if (!is_default(name, first, written(comma + 2, size_))) return;
      size_ = comma;
      comma = before;
    }
  }

  /// The end of the first argument of the list that begins at `open`.
  [[nodiscard]] constexpr std::size_t first_comma(std::size_t open) const {
    std::size_t depth = 0;
    for (std::size_t at = open + 1; at < size_; ++at) {
      const char c = output_[at];
      if (c == ',' && depth == 0) return at;
      if (c == '<' || c == '(' || c == '[') ++depth;
      if (c == '>' || c == ')' || c == ']') --depth;
    }
    return size_;
  }

  static constexpr bool is_one_of(std::string_view name,
                                  std::initializer_list<std::string_view> names) {
    for (const std::string_view one : names) {
      if (name == one) return true;
    }
    return false;
  }

  /// Whether `last` is `of<argument>`.
  static constexpr bool is_made(std::string_view last, std::string_view of,
                                std::string_view argument) {
    return last.size() == of.size() + argument.size() + 2 && last.starts_with(of) &&
           last.substr(of.size() + 1).starts_with(argument) && last[of.size()] == '<';
  }

  /// Whether `last` is the default argument of the std template `name` whose first one is `first`.
  static constexpr bool is_default(std::string_view name, std::string_view first,
                                   std::string_view last) {
    name.remove_prefix(5);
    const bool ordered = is_one_of(name, {"set", "multiset", "map", "multimap"});
    const bool hashed = name.starts_with("unordered_");
    const bool text = name == "basic_string";
    if (last.starts_with("std::allocator<")) {
      return ordered || hashed || text ||
             is_one_of(name, {"vector", "deque", "list", "forward_list"});
    }
    if (ordered) return is_made(last, "std::less", first);
    if (hashed) {
      return is_made(last, "std::hash", first) || is_made(last, "std::equal_to", first);
    }
    if (text || name == "basic_string_view") return is_made(last, "std::char_traits", first);
    return name == "unique_ptr" && is_made(last, "std::default_delete", first);
  }

  /// What is std::basic_string<char> by now becomes std::string, as a program would write it.
  constexpr void name_string() {
    constexpr std::string_view long_name = "basic_string<char>";
    if (size_ < long_name.size()) return;
    const std::size_t begin = size_ - long_name.size();
    if (written(begin, size_) != long_name || (begin > 0 && is_word(output_[begin - 1]))) return;
    size_ = begin;
    put("string");
  }

  static constexpr bool is_integer_word(std::string_view word) {
    return word == "unsigned" || word == "signed" || word == "char" || word == "short" ||
           word == "int" || word == "long";
  }

  /// "long unsigned int", "unsigned long": both become "unsigned long".
  constexpr void put_integer_type(std::string_view word) {
    bool is_unsigned = false;
    bool is_signed = false;
    std::string_view base = "int";
    for (;;) {
      if (word == "unsigned") {
        is_unsigned = true;
      } else if (word == "signed") {
        is_signed = true;
      } else if (word == "long") {
        base = base == "long" ? "long long" : "long";
      } else if (word != "int") {
        base = word;
      }
      const std::string_view before = input_;
      take(" ");
      if (!is_integer_word(word = take_word())) {
        input_ = before;
        break;
      }
    }
    if (is_unsigned) put("unsigned ");
    if (is_signed && base == "char") put("signed ");
    put(base);
  }

  std::string_view input_;
  char* output_;
  std::size_t size_ = 0;
};

// The result is a pointer because g++ appends the meaning of an alias such as std::string_view.
template <class T>
consteval const char* signature() {
  return __PRETTY_FUNCTION__;
}

/// "bank::Deposit" of "consteval const char* signature() [with T = bank::Deposit]", as the compiler
/// spells it.
template <class T>
consteval std::string_view compiler_name() {
  std::string_view text = signature<T>();
  text.remove_prefix(text.find("T = ") + 4);
  return text.substr(0, text.rfind(']'));
}

/// The name of T in our spelling, made once for each type.
template <class T>
struct Name {
  static constexpr std::size_t size_max = compiler_name<T>().size();
  struct Buffer {
    std::array<char, size_max> text{};
    std::size_t size = 0;
  };
  static constexpr Buffer buffer = [] {
    Buffer made;
    made.size = Normaliser(compiler_name<T>(), made.text.data()).run();
    return made;
  }();
};

}  // namespace spelling

/// The qualified name of T, such as "bank::Deposit", or T::wire_name where T declares one:
/// `static constexpr std::string_view wire_name = "bank.Deposit";`. Lives as long as the program. A
/// wire_name should be one that no other type has.
template <class T>
consteval std::string_view type_name() {
  if constexpr (requires {
                  { T::wire_name } -> std::convertible_to<std::string_view>;
                }) {
    return T::wire_name;
  } else {
    return {spelling::Name<T>::buffer.text.data(), spelling::Name<T>::buffer.size};
  }
}

/// What names T on the wire: the hash of its name. Never 0. It is the same on all machines and with
/// both compilers, as far as the name is.
template <class T>
inline constexpr std::uint64_t type_key = Fnv1a().append(type_name<T>()).value();

}  // namespace troupe::wire
