// The name of a type, as text that two differently compiled nodes agree on, and its wire key.
//
// The text comes from __PRETTY_FUNCTION__ and is brought to one spelling for g++ and clang. They
// agree on classes, enums, nested and std types; they do not on inline namespaces and on types
// local to a function, so a message of such a type should declare a `wire_name`.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
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
      if (take("{anonymous}::") || take("(anonymous namespace)::")) {
        put("{anonymous}::");
      } else if (is_word(input_[0])) {
        put_word(take_word());
      } else {
        put(input_.substr(0, 1));
        input_.remove_prefix(1);
        if (output_[size_ - 1] == ',') put(" ");
      }
    }
    return size_;
  }

 private:
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
    } else if (word == "basic_string" && take("<char>")) {
      put("string");
    } else {
      put(word);
    }
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

template <class T>
consteval std::string_view compiler_name() {
  std::string_view text = signature<T>();
  text.remove_prefix(text.find("T = ") + 4);
  return text.substr(0, text.rfind(']'));
}

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

/// The qualified name of T, or T::wire_name where T declares one:
/// `static constexpr std::string_view wire_name = "bank.Deposit";`. Lives as long as the program.
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

/// What names T on the wire: the hash of its name. Never 0.
template <class T>
inline constexpr std::uint64_t type_key = Fnv1a().append(type_name<T>()).value();

}  // namespace troupe::wire
