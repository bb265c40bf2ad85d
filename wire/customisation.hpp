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
///     const Writer::Nested nested(writer);
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
/// Nested counts how deep the value is, which has a limit that is the same for who writes and who
/// reads. A codec of a pointer, or of what else writes the one value that another codec writes,
/// needs none.
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
