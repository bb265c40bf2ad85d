// Reflection of plain aggregates: how many fields, the fields themselves, and their names.
//
// Works on structs of up to 64 public fields without constructors, base classes and C arrays. A
// nested struct or std::array counts as one field. What cannot be reflected is told by FieldShape,
// so that a caller can refuse it with words instead of a compiler's internal ones.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <string_view>
#include <troupe/wire/field_tie.hpp>
#include <tuple>
#include <type_traits>
#include <utility>

namespace troupe::wire {

/// The most fields a reflected struct may have.
inline constexpr std::size_t field_count_max = 64;

/// Text as a template argument, so that compilers print it in their messages. `size` counts the
/// zero at its end.
template <std::size_t size>
struct FixedString {
  char text[size]{};  // one more than the characters: ends with a zero

  constexpr FixedString() = default;
  constexpr FixedString(const char (&literal)[size]) {  // NOLINT(google-explicit-constructor)
    std::copy_n(literal, size, text);
  }
  constexpr explicit FixedString(std::string_view source) { std::ranges::copy(source, text); }

  [[nodiscard]] constexpr std::string_view view() const { return {text, size - 1}; }
};

/// Whether and why not the fields of a type can be reflected.
enum class FieldShape {
  reflectable,
  not_an_aggregate,  ///< It has a constructor, private fields or virtual functions, or is no class.
  has_base,          ///< Which would count as one more field.
  has_c_array,       ///< Which would count as a field for each element.
  has_too_many_fields,        ///< More than field_count_max.
  has_uninitialisable_field,  ///< A reference, or nothing that a field can be initialised from.
};

// What the probes declare is used in types and addresses only, and never defined.
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-internal"
#pragma clang diagnostic ignored "-Wundefined-var-template"
#endif

namespace probe {

/// Stands for any value in an initialiser that is never evaluated. Excluding the aggregate itself
/// keeps `T{any}` from meaning a copy. It has a body because a template that is initialised by it,
/// std::optional for one, may use it, which clang takes for an error where there is none and the
/// type is local to a source file.
template <class Aggregate>
struct AnyValue {
  explicit AnyValue(std::size_t);
  template <class Field>
    requires(!std::is_same_v<Field, Aggregate>)
  operator Field() const noexcept {  // NOLINT(google-explicit-constructor)
    __builtin_trap();
  }
};

/// Stands for any base class, which an aggregate takes as its first initialiser.
template <class Aggregate>
struct AnyBase {
  template <class Base>
    requires(std::is_base_of_v<Base, Aggregate> && !std::is_same_v<Base, Aggregate>)
  operator Base() const noexcept;  // NOLINT(google-explicit-constructor)
};

/// Whether `T{any, any, ...}` compiles, with so many values.
template <class T, std::size_t... I>
constexpr bool initialisable_by(std::index_sequence<I...>) {
  return requires { T{AnyValue<T>(I)...}; };
}

/// Whether it does with `{}` between the first and the last values.
template <class T, std::size_t... Before, std::size_t... After>
constexpr bool initialisable_around_braces(std::index_sequence<Before...>,
                                           std::index_sequence<After...>) {
  return requires { T{AnyValue<T>(Before)..., {}, AnyValue<T>(After)...}; };
}

/// The largest number of values that initialises T, by counting up until more become too many;
/// field_count_max + 1 stands for more, and npos for none that does.
inline constexpr std::size_t npos = static_cast<std::size_t>(-1);

template <class T, std::size_t count = 0, bool seen = false>
consteval std::size_t initialiser_count() {
  constexpr bool possible = initialisable_by<T>(std::make_index_sequence<count>());
  if constexpr (seen && !possible) {
    return count - 1;
  } else if constexpr (count > field_count_max) {
    return possible ? count : npos;
  } else {
    return initialiser_count<T, count + 1, possible>();
  }
}

/// Initialisers may omit the braces of a C array, so that it counts as many fields. `{}` in its
/// first place initialises all of it, which leaves too many values after it.
template <class T, std::size_t count, std::size_t... I>
consteval bool has_c_array(std::index_sequence<I...>) {
  return ((initialisable_around_braces<T>(std::make_index_sequence<I>(), std::index_sequence<>()) &&
           !initialisable_around_braces<T>(std::make_index_sequence<I>(),
                                           std::make_index_sequence<count - I - 1>())) ||
          ...);
}

template <class T>
consteval FieldShape shape() {
  if constexpr (!std::is_aggregate_v<T> || std::is_array_v<T>) {
    return FieldShape::not_an_aggregate;
  } else if constexpr (requires { T{AnyBase<T>()}; }) {
    return FieldShape::has_base;
  } else {
    constexpr std::size_t count = initialiser_count<T>();
    if constexpr (count == npos) {
      return FieldShape::has_uninitialisable_field;
    } else if constexpr (has_c_array<T, count>(std::make_index_sequence<count>())) {
      return FieldShape::has_c_array;
    } else {
      return count > field_count_max ? FieldShape::has_too_many_fields : FieldShape::reflectable;
    }
  }
}

}  // namespace probe

/// Which of these T is. For complete types.
template <class T>
inline constexpr FieldShape field_shape = probe::shape<T>();

/// A struct whose fields the functions below can reach.
template <class T>
concept Reflectable = field_shape<T> == FieldShape::reflectable;

/// The number of fields of T, 0 to 64. Found by counting up the initialisers that T takes, so it
/// costs the compiler a little for each field.
template <Reflectable T>
inline constexpr std::size_t field_count = probe::initialiser_count<T>();

/// Calls visit(field...) once, with references to all fields in order, and returns what it returns.
template <class T, class Visit>
constexpr decltype(auto) apply_fields(T& object, Visit&& visit) {
  constexpr std::size_t count = field_count<std::remove_const_t<T>>;
  if constexpr (count == 0) {
    return std::forward<Visit>(visit)();
  } else {
    return FieldTie<count>::apply(object, std::forward<Visit>(visit));
  }
}

/// Calls visit(field) for each field in order. The fields are const where the object is:
///
///   for_each_field(order, [](const auto& field) { print(field); });
template <class T, class Visit>
constexpr void for_each_field(T& object, Visit&& visit) {
  apply_fields(object, [&](auto&... field) { (visit(field), ...); });
}

/// The fields as a tuple of references, valid as long as the object: `fields(a) == fields(b)`
/// compares two of them.
template <class T>
constexpr auto fields(T& object) {
  return apply_fields(object, [](auto&... field) { return std::tie(field...); });
}

namespace probe {

/// Only the addresses of its fields are taken, whose spelling contains their names.
template <class T>
struct Specimen {
  const T value;
};

/// Never defined: no object is needed to name the address of one.
template <class T>
extern const Specimen<T> specimen;

/// Wraps the pointer, which makes clang print the path to the field and not only an address.
template <class Pointer>
struct Address {
  Pointer to;
};

/// The compiler's spelling of the address, which is in the name of this very function.
template <class T, Address address>
consteval const char* address_signature() {
  return __PRETTY_FUNCTION__;
}

/// Names a type where the address can be a template argument, and is ill-formed where it cannot.
template <Address>
struct Constant;

/// Empty where a compiler cannot tell: clang before 17, and a field beside a reference.
template <class T, std::size_t I>
consteval std::string_view field_spelling() {
#if !defined(__clang__) || __clang_major__ >= 17
  if constexpr (requires { typename Constant<Address{&std::get<I>(fields(specimen<T>.value))}>; }) {
    constexpr Address address{&std::get<I>(fields(specimen<T>.value))};
    return address_signature<T, address>();
  }
#endif
  return {};
}

template <std::size_t I>
inline constexpr char ordinal[] = {'#', static_cast<char>('0' + I / 10),
                                   static_cast<char>('0' + I % 10)};

}  // namespace probe

#if defined(__clang__)
#pragma clang diagnostic pop
#endif

/// The name of field I of T; "#00" to "#63" where the compiler cannot tell: clang before 17, and
/// structs with a field that is a reference. Lives as long as the program.
template <Reflectable T, std::size_t I>
consteval std::string_view field_name() {
  constexpr std::string_view spelling = probe::field_spelling<T, I>();
  if constexpr (spelling.empty()) {
    return {probe::ordinal<I>, 3};
  } else {
    constexpr std::size_t end = spelling.find_last_not_of(")}]") + 1;  // "...value.Order::id)}]"
    constexpr std::size_t begin = spelling.find_last_of(".:", end - 1) + 1;
    return spelling.substr(begin, end - begin);
  }
}

}  // namespace troupe::wire
