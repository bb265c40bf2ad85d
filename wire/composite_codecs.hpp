// Codecs of what is put together from a fixed list of types: structs, pairs, tuples, optionals and
// variants.
//
//   type                             msgpack                        in a description
//   struct Line { int id; }          an array of the fields         bank::Line{id: int32}
//   std::pair<int, bool>             an array of 2                  (int32, bool)
//   std::optional<int>               nil, or the value              optional<int32>
//   std::variant<int, std::string>   an array: index and value      variant<int32, string>
//   std::monostate                   nil                            nil
#pragma once

#include <cstddef>
#include <optional>
#include <troupe/base/check.hpp>
#include <troupe/wire/collection_codecs.hpp>
#include <troupe/wire/customisation.hpp>
#include <troupe/wire/reflection.hpp>
#include <troupe/wire/type_name.hpp>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace troupe::wire {

/// A struct that is sent field by field, because nothing else is said about it.
template <class T>
concept Struct = std::is_class_v<T> && !Collection<T> && !PackedByMsgpack<T> && Reflectable<T>;

/// An array of the fields in order. Fields that the writer did not know keep their defaults; those
/// that the reader does not know are skipped. So fields may be appended, and nothing else changed:
/// names are not sent, but are part of the schema, so a field that is renamed, moved or of another
/// type makes nodes refuse the message.
///
///   struct Deposit {
///     int cents = 0;
///     std::string note = "none";  // Added later: stays "none" where an older program has sent it.
///   };
template <Struct T>
struct Codec<T> {
  static void encode(Writer& writer, const T& value) {
    writer.write_array_header(field_count<T>);
    const Writer::Nested nested(writer);
    for_each_field(value, [&](const auto& field) {
      Codec<std::remove_cvref_t<decltype(field)>>::encode(writer, field);
    });
  }

  static void decode(Reader& reader, T& value) {
    std::size_t left = reader.read_array_header();
    const Reader::Nested nested(reader);
    for_each_field(value, [&](auto& field) {
      if (left == 0) return;
      --left;
      Codec<std::remove_reference_t<decltype(field)>>::decode(reader, field);
    });
    for (; left > 0 && reader.ok(); --left) reader.skip();
  }

  using Elements = decltype(apply_fields(std::declval<T&>(), [](auto&... field) {
    return Types<std::remove_reference_t<decltype(field)>...>();
  }));
  static constexpr std::string_view brackets = "{}";
  template <std::size_t I>
  static consteval std::string_view element_name() {
    return field_name<T, I>();
  }
  template <class Out>
  static constexpr void shape(Out& out) {
    out.append(type_name<T>());
  }
};

/// An array of exactly the elements, of std::pair and std::tuple; any other number is malformed.
/// Unlike a struct it cannot grow.
template <class Tuple, class... T>
struct TupleCodec {
  static void encode(Writer& writer, const Tuple& tuple) {
    writer.write_array_header(sizeof...(T));
    const Writer::Nested nested(writer);
    std::apply([&](const T&... element) { (Codec<T>::encode(writer, element), ...); }, tuple);
  }

  static void decode(Reader& reader, Tuple& tuple) {
    if (reader.read_array_header() != sizeof...(T)) {
      return reader.fail("an array of another length than the tuple");
    }
    const Reader::Nested nested(reader);
    std::apply([&](T&... element) { (Codec<T>::decode(reader, element), ...); }, tuple);
  }

  using Elements = Types<T...>;
  static constexpr std::string_view brackets = "()";
};

template <class First, class Second>
struct Codec<std::pair<First, Second>> : TupleCodec<std::pair<First, Second>, First, Second> {};

template <class... T>
struct Codec<std::tuple<T...>> : TupleCodec<std::tuple<T...>, T...> {};

/// Nil: the empty alternative of a variant, or a value that says nothing.
template <>
struct Codec<std::monostate> {
  static void encode(Writer& writer, std::monostate) { writer.write_nil(); }
  static void decode(Reader& reader, std::monostate&) { reader.read_nil(); }

  template <class Out>
  static constexpr void shape(Out& out) {
    out.append("nil");
  }
};

/// Whether a value of T may be written as nil, so that an optional of it could not be told from an
/// empty one. Specialise it for a type of yours whose codec writes nil.
template <class T>
inline constexpr bool is_nil_like = std::is_same_v<T, std::monostate>;
template <class T>
inline constexpr bool is_nil_like<std::optional<T>> = true;

/// Nil or the value; so the value itself must not be one that may be nil: an optional of an
/// optional does not compile as a message. Refs have a codec of their own in actor/ref_codec.hpp.
template <class T>
  requires(!is_nil_like<T>)
struct Codec<std::optional<T>> {
  static void encode(Writer& writer, const std::optional<T>& value) {
    if (value) {
      Codec<T>::encode(writer, *value);
    } else {
      writer.write_nil();
    }
  }

  static void decode(Reader& reader, std::optional<T>& value) {
    if (reader.try_read_nil()) return value.reset();
    Codec<T>::decode(reader, value.emplace());
  }

  using Elements = Types<T>;
  static constexpr std::string_view brackets = "<>";
  template <class Out>
  static constexpr void shape(Out& out) {
    out.append("optional");
  }
};

/// An array of the alternative's index and its value; an index that is none is malformed. Which
/// alternatives there are, and in which order, is part of the schema: none can be added where older
/// programs read. Alternatives need a default constructor. A variant that lost its value in an
/// exception is a programmer's mistake, and checked.
template <class... T>
struct Codec<std::variant<T...>> {
  static void encode(Writer& writer, const std::variant<T...>& value) {
    TROUPE_CHECK(!value.valueless_by_exception(), "send only variants that hold a value");
    writer.write_array_header(2);
    const Writer::Nested nested(writer);
    writer.write_uint(value.index());
    std::visit([&]<class U>(const U& held) { Codec<U>::encode(writer, held); }, value);
  }

  static void decode(Reader& reader, std::variant<T...>& value) {
    if (reader.read_array_header() != 2) {
      return reader.fail("a variant is an array of index and value");
    }
    const Reader::Nested nested(reader);
    const std::size_t index = reader.read_uint(sizeof...(T) - 1);
    if (reader.ok()) decode_held(reader, value, index, std::index_sequence_for<T...>());
  }

  using Elements = Types<T...>;
  static constexpr std::string_view brackets = "<>";
  template <class Out>
  static constexpr void shape(Out& out) {
    out.append("variant");
  }

 private:
  template <std::size_t... I>
  static void decode_held(Reader& reader, std::variant<T...>& value, std::size_t index,
                          std::index_sequence<I...>) {
    ((I == index ? Codec<T>::decode(reader, value.template emplace<I>()) : void()), ...);
  }
};

}  // namespace troupe::wire
