// Which types can be sent, decided when compiling, and the words for those that cannot.
//
// A plain struct of values needs nothing. What cannot be sent is refused where it is sent or
// handled first, with the field and the remedy; a message that is to stay in its process says so:
//
//   struct Draw {
//     static constexpr bool local_message = true;
//     Canvas* canvas = nullptr;
//   };
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

/// T and all that it consists of can be encoded and decoded: it has a codec, is not const, and can
/// be made by default, as each of its fields or elements. For a type that is complete: the answer
/// is kept, right or wrong.
template <class T>
concept Serialisable = check::serialisable<T>();

/// A message that says `static constexpr bool local_message = true;` stays in its process: it may
/// contain anything and is refused by refs to other nodes: `not_serialisable`, a dead letter where
/// it was told. `false` is as good as nothing.
template <class T>
inline constexpr bool is_local = [] {
  if constexpr (requires { T::local_message; }) {
    return static_cast<bool>(T::local_message);
  } else {
    return false;
  }
}();

namespace check {

/// What may be in the way of a type; CannotSerialise has the words for each.
enum class Obstacle {
  none,
  view,                  ///< std::string_view, std::span.
  pointer_or_reference,  ///< Of any kind, pointers to members and functions too.
  constant,              ///< A const field, which could be written and not read.
  c_array,               ///< The type itself, or a field of it.
  base_class,            ///< Of an aggregate.
  too_many_fields,       ///< More than 64.
  lacks_default,         ///< No default constructor, or a field that is a reference.
  lacks_msgpack_header,  ///< It has MSGPACK_DEFINE.
  lacks_codec,           ///< All else: classes with constructors or private fields, for example.
};

/// Views of std: they do not own what they show.
template <class T>
inline constexpr bool is_view = false;
template <class Char, class Traits>
inline constexpr bool is_view<std::basic_string_view<Char, Traits>> = true;
template <class T, std::size_t extent>
inline constexpr bool is_view<std::span<T, extent>> = true;

/// What is wrong with T itself; none if it is something inside T. What says most comes first: a
/// view has no codec either, but the words for a view help more.
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

template <Obstacle obstacle, Obstacle other>
inline constexpr bool is_not = obstacle != other;

/// The words of a failed check. Compilers print the arguments with them: the struct, the name of
/// its field (empty for the message itself), the type that is in the way and what is wrong with it.
template <class Owner, FixedString field, class Type, Obstacle obstacle>
struct CannotSerialise {
  static_assert(is_not<obstacle, Obstacle::view>,
                "a view cannot be serialised: what it points to is gone when the message is read, "
                "so it would dangle; use std::string or a std::vector, or mark the message local "
                "with \"static constexpr bool local_message = true;\"");
  static_assert(is_not<obstacle, Obstacle::pointer_or_reference>,
                "a pointer or reference cannot be serialised: it means nothing in another process; "
                "send the value or an ActorRef, or mark the message local with "
                "\"static constexpr bool local_message = true;\"");
  static_assert(is_not<obstacle, Obstacle::constant>,
                "a const field cannot be decoded: remove the const");
  static_assert(is_not<obstacle, Obstacle::c_array>,
                "a C array cannot be serialised: use std::array");
  static_assert(is_not<obstacle, Obstacle::base_class>,
                "a struct with a base class cannot be serialised: make the base a field, or add "
                "MSGPACK_DEFINE");
  static_assert(is_not<obstacle, Obstacle::too_many_fields>,
                "a struct of more than 64 fields cannot be serialised: group them in structs");
  static_assert(is_not<obstacle, Obstacle::lacks_default>,
                "a type must be default constructible to be decoded: give it a default "
                "constructor, and fields that are values, not references");
  static_assert(is_not<obstacle, Obstacle::lacks_msgpack_header>,
                "a type with MSGPACK_DEFINE needs #include <troupe/wire/msgpack.hpp>");
  static_assert(is_not<obstacle, Obstacle::lacks_codec>,
                "this type cannot be serialised: give the field a serialisable type, add "
                "MSGPACK_DEFINE to its class, specialise troupe::wire::Codec for it, or mark the "
                "message local with \"static constexpr bool local_message = true;\"");
};

/// Where there is nothing in the way.
struct NoObstacle {};

/// The first of the types that is not NoObstacle, which it is where there is no other.
template <class... Found>
struct FirstObstacle {
  using Type = NoObstacle;
};
template <class... More>
struct FirstObstacle<NoObstacle, More...> : FirstObstacle<More...> {};
template <class Found, class... More>
struct FirstObstacle<Found, More...> {
  using Type = Found;
};

/// Defined below: it and the two that follow look into each other.
template <class Owner, FixedString field, class T, class... Open>
struct ObstacleIn;

/// The first obstacle in the fields of a struct, which are told by their names.
template <class Owner, class Indices, class Fields, class... Open>
struct ObstacleInFields;
template <class Owner, std::size_t... I, class... Field, class... Open>
struct ObstacleInFields<Owner, std::index_sequence<I...>, Types<Field...>, Open...>
    : FirstObstacle<typename ObstacleIn<
          Owner, FixedString<field_name<Owner, I>().size() + 1>(field_name<Owner, I>()), Field,
          Open...>::Type...> {};

/// The first obstacle in what a collection, an optional and the like hold, told as in their field.
template <class Owner, FixedString field, class Elements, class... Open>
struct ObstacleInElements;
template <class Owner, FixedString field, class... Element, class... Open>
struct ObstacleInElements<Owner, field, Types<Element...>, Open...>
    : FirstObstacle<typename ObstacleIn<Owner, field, Element, Open...>::Type...> {};

/// `Type` is the CannotSerialise of the first thing in T that is in the way, or NoObstacle. To name
/// it is no error: so it can be reported where the list of what led there is short.
template <class Owner, FixedString field, class T, class... Open>
struct ObstacleIn {
  static consteval auto find() {
    if constexpr (serialisable<T, Open...>()) {
      return std::type_identity<NoObstacle>();
    } else if constexpr (constexpr Obstacle found = obstacle<T>(); found != Obstacle::none) {
      return std::type_identity<CannotSerialise<Owner, field, T, found>>();
    } else if constexpr (Reflectable<T>) {
      return std::type_identity<
          typename ObstacleInFields<T, std::make_index_sequence<field_count<T>>,
                                    typename Codec<T>::Elements, Open..., T>::Type>();
    } else {
      return std::type_identity<typename ObstacleInElements<
          Owner, field, typename Codec<T>::Elements, Open..., T>::Type>();
    }
  }
  using Type = typename decltype(find())::type;
};

}  // namespace check

/// To ask for its size is an error unless T is Serialisable. The error names the struct, the field
/// and the remedy.
template <class T>
using ObstacleTo = typename check::ObstacleIn<T, "", T>::Type;

/// Compiles only when T is Serialisable. Put it beside a message to find out there, and not where
/// it is sent first: `static_assert((troupe::wire::require_serialisable<Deposit>(), true));`.
template <class T>
constexpr void require_serialisable() {
  static_assert(sizeof(ObstacleTo<T>) > 0);
}

}  // namespace troupe::wire
