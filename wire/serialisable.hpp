// Which types can be sent, decided when compiling, and the words for those that cannot.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <troupe/wire/customisation.hpp>
#include <troupe/wire/reflection.hpp>
#include <type_traits>
#include <utility>

namespace troupe::wire {

namespace check {

/// `Open` are the types around T: one that contains itself is judged where it began.
template <class T, class... Open>
consteval bool serialisable();

template <class... Open, class... Element>
consteval bool all_serialisable(Types<Element...>) {
  return (serialisable<Element, Open...>() && ...);
}

template <class T, class... Open>
consteval bool serialisable() {
  if constexpr ((std::is_same_v<T, Open> || ...)) {
    return true;
  } else if constexpr (std::is_const_v<T> || !HasCodec<T>) {
    return false;
  } else if constexpr (!std::is_default_constructible_v<T>) {
    return false;
  } else if constexpr (requires { typename Codec<T>::Elements; }) {
    return all_serialisable<Open..., T>(typename Codec<T>::Elements());
  } else {
    return true;
  }
}

}  // namespace check

/// T and all that it consists of can be encoded and decoded.
template <class T>
concept Serialisable = check::serialisable<T>();

/// A message that says `static constexpr bool local_message = true;` stays in its process: it may
/// contain anything and is refused by refs to other nodes.
template <class T>
inline constexpr bool is_local = [] {
  if constexpr (requires { T::local_message; }) {
    return static_cast<bool>(T::local_message);
  } else {
    return false;
  }
}();

namespace check {

enum class Obstacle {
  none,
  view,
  pointer_or_reference,
  constant,
  c_array,
  base_class,
  too_many_fields,
  lacks_default,
  lacks_msgpack_header,
  lacks_codec,
};

template <class T>
inline constexpr bool is_view = false;
template <class Char, class Traits>
inline constexpr bool is_view<std::basic_string_view<Char, Traits>> = true;
template <class T, std::size_t extent>
inline constexpr bool is_view<std::span<T, extent>> = true;

/// What is wrong with T itself; none if it is something inside T.
template <class T>
consteval Obstacle obstacle() {
  if constexpr (is_view<T>) {
    return Obstacle::view;
  } else if constexpr (std::is_pointer_v<T> || std::is_reference_v<T> ||
                       std::is_member_pointer_v<T>) {
    return Obstacle::pointer_or_reference;
  } else if constexpr (std::is_array_v<T>) {
    return Obstacle::c_array;
  } else if constexpr (std::is_const_v<T>) {
    return Obstacle::constant;
  } else if constexpr (HasCodec<T>) {
    return std::is_default_constructible_v<T> ? Obstacle::none : Obstacle::lacks_default;
  } else if constexpr (PackedByMsgpack<T>) {
    return Obstacle::lacks_msgpack_header;
  } else {
    switch (field_shape<T>) {
      case FieldShape::has_base: return Obstacle::base_class;
      case FieldShape::has_c_array: return Obstacle::c_array;
      case FieldShape::has_too_many_fields: return Obstacle::too_many_fields;
      case FieldShape::has_uninitialisable_field: return Obstacle::lacks_default;
      default: return Obstacle::lacks_codec;
    }
  }
}

/// The words of a failed check. Compilers print the arguments with them: the struct, the name of
/// its field (empty for the message itself), the type that is in the way and what is wrong with it.
template <class Owner, FixedString field, class Type, Obstacle obstacle>
struct CannotSerialise {
  static_assert(obstacle != Obstacle::view,
                "a view cannot be serialised: what it points to is gone when the message is read, "
                "so it would dangle; use std::string or a std::vector, or mark the message local "
                "with \"static constexpr bool local_message = true;\"");
  static_assert(obstacle != Obstacle::pointer_or_reference,
                "a pointer or reference cannot be serialised: it means nothing in another process; "
                "send the value or an ActorRef, or mark the message local with "
                "\"static constexpr bool local_message = true;\"");
  static_assert(obstacle != Obstacle::constant,
                "a const field cannot be decoded: remove the const");
  static_assert(obstacle != Obstacle::c_array, "a C array cannot be serialised: use std::array");
  static_assert(obstacle != Obstacle::base_class,
                "a struct with a base class cannot be serialised: make the base a field, or add "
                "MSGPACK_DEFINE");
  static_assert(obstacle != Obstacle::too_many_fields,
                "a struct of more than 64 fields cannot be serialised: group them in structs");
  static_assert(obstacle != Obstacle::lacks_default,
                "a type must be default constructible to be decoded: give it a default "
                "constructor, and fields that are values, not references");
  static_assert(obstacle != Obstacle::lacks_msgpack_header,
                "a type with MSGPACK_DEFINE needs #include <troupe/wire/msgpack.hpp>");
  static_assert(obstacle != Obstacle::lacks_codec,
                "this type cannot be serialised: give the field a serialisable type, add "
                "MSGPACK_DEFINE to its class, specialise troupe::wire::Codec for it, or mark the "
                "message local with \"static constexpr bool local_message = true;\"");
};

template <class Owner, FixedString field, class T, class... Open>
constexpr void explain();

template <class Owner, class... Open, std::size_t... I, class... Field>
constexpr void explain_fields(std::index_sequence<I...>, Types<Field...>) {
  (explain<Owner, FixedString<field_name<Owner, I>().size() + 1>(field_name<Owner, I>()), Field,
           Open...>(),
   ...);
}

template <class Owner, FixedString field, class... Open, class... Element>
constexpr void explain_elements(Types<Element...>) {
  (explain<Owner, field, Element, Open...>(), ...);
}

/// Instantiates CannotSerialise for everything in T that is in the way.
template <class Owner, FixedString field, class T, class... Open>
constexpr void explain() {
  if constexpr (serialisable<T, Open...>()) {
    return;
  } else if constexpr (constexpr Obstacle found = obstacle<T>(); found != Obstacle::none) {
    static_assert(sizeof(CannotSerialise<Owner, field, T, found>) > 0);
  } else if constexpr (Reflectable<T>) {
    using Fields = typename Codec<T>::Elements;
    explain_fields<T, Open..., T>(std::make_index_sequence<field_count<T>>(), Fields());
  } else {
    explain_elements<Owner, field, Open..., T>(typename Codec<T>::Elements());
  }
}

}  // namespace check

/// Compiles only when T is Serialisable; else the error names the struct, the field and the remedy.
template <class T>
constexpr void require_serialisable() {
  check::explain<T, "", T>();
}

}  // namespace troupe::wire
