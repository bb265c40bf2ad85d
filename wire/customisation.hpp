// Codec<T>: the customisation point that says how a C++ value becomes one msgpack value and back.
#pragma once

#include <cstdint>
#include <string_view>
#include <troupe/wire/reader.hpp>
#include <troupe/wire/writer.hpp>
#include <type_traits>

namespace troupe::wire {

/// Specialise it for a type of your own that is neither a plain struct nor uses MSGPACK_DEFINE:
///
///   template <>
///   struct troupe::wire::Codec<Money> {
///     static void encode(Writer& writer, const Money& money) { writer.write_int(money.cents()); }
///     static void decode(Reader& reader, Money& money) { money = Money(reader.read_int()); }
///     static constexpr std::uint64_t fingerprint() { return 2; }  // optional: count its versions
///   };
///
/// encode() writes exactly one value. decode() reads one into a default-made T and reports what has
/// no meaning with Reader::fail(); it checks lengths before it allocates. Both run on any thread,
/// of an actor that sends or of the node's links.
///
/// A type of several parts writes an array, and may read it with the codecs of its parts:
///
///   static void encode(Writer& writer, const Interval& interval) {
///     writer.write_array_header(2);
///     Codec<double>::encode(writer, interval.from());
///     Codec<double>::encode(writer, interval.to());
///   }
///   static void decode(Reader& reader, Interval& interval) {
///     if (reader.read_array_header() != 2) return reader.fail("an interval is an array of two");
///     const Reader::Nested nested(reader);
///     double from = 0;
///     double to = 0;
///     Codec<double>::decode(reader, from);
///     Codec<double>::decode(reader, to);
///     if (reader.ok()) interval = Interval(from, to);
///   }
///
/// A codec of a pointer, or of what else may lead to the type that it is in, needs no more: the
/// structs and collections on the way count how deep they are.
///
/// Specialise it before the first message that contains the type is sent or handled, best in the
/// header that defines the type: a specialisation that only some sources see breaks the program.
///
/// The codecs of this library may also declare, for schema.hpp: `Elements`, the Types<...> they are
/// made of; `brackets`, what these stand in; `element_name<I>()`, where they have names; and
/// `shape(out)`, which appends the word before them.
template <class T>
struct Codec;

/// Whether there is a codec for T itself; what T consists of is not looked at: see Serialisable.
template <class T>
concept HasCodec = requires { sizeof(Codec<T>); };

/// A list of types, as a value that can be passed and matched.
template <class... T>
struct Types {};

namespace check {

/// Takes the words of a codec's shape(); never defined.
struct AnyWords {
  void append(std::string_view words);
};

/// Whether an E may be a T or hold one, to any depth. What a codec of a user's writes is not known,
/// and may be anything. `Open` are the types around E.
template <class T, class E, class... Open>
consteval bool may_hold();

template <class T, class... Open, class... Element>
consteval bool any_may_hold(Types<Element...>) {
  return (may_hold<T, Element, Open...>() || ...);
}

template <class T, class E, class... Open>
consteval bool may_hold() {
  if constexpr (std::is_same_v<T, E>) {
    return true;
  } else if constexpr ((std::is_same_v<E, Open> || ...)) {
    return false;
  } else if constexpr (requires { typename Codec<E>::Elements; }) {
    return any_may_hold<T, Open..., E>(typename Codec<E>::Elements());
  } else {
    return !requires(AnyWords& words) { Codec<E>::shape(words); };
  }
}

/// For a type that is never inside itself, and so has no level to count.
struct NoLevel {
  explicit constexpr NoLevel(Writer& /*writer*/) noexcept {}
};

}  // namespace check

/// Of the codecs of this library: lives while the elements of a T are written, as Writer::Nested
/// where a T may be inside itself, and else is nothing.
template <class T>
using LevelOf = std::conditional_t<check::any_may_hold<T>(typename Codec<T>::Elements()),
                                   Writer::Nested, check::NoLevel>;

/// Stands for any packer; never defined.
struct AnyPacker;

/// A type with the member templates that MSGPACK_DEFINE and its sisters make.
/// Its codec is in <troupe/wire/msgpack.hpp>, so that only those who use msgpack-c compile it.
template <class T>
concept PackedByMsgpack =
    requires(const T& value, AnyPacker& packer) { value.msgpack_pack(packer); };

/// Appends `number` in decimal.
template <class Out>
constexpr void append_number(Out& out, std::uint64_t number) {
  if (number >= 10) append_number(out, number / 10);
  const char digit = static_cast<char>('0' + number % 10);
  out.append(std::string_view(&digit, 1));
}

}  // namespace troupe::wire
