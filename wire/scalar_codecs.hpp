// Codecs of the values without parts: numbers, enums, text, bytes, spans and points of time.
//
//   type                         msgpack            in a description
//   bool                         true, false        bool
//   std::int32_t, std::uint8_t   an integer         int32, uint8
//   float, double                float 32, 64       float32, float64
//   enum class Currency          an integer         bank::Currency:int32
//   std::string                  str                string
//   std::vector<std::byte>       bin                bytes
//   std::array<std::byte, 32>    bin                bytes 32
//   std::chrono::milliseconds    an integer         duration 1/1000<int64>
//   std::chrono time points      as its duration    time_point CLOCK<duration ...>
//
// The last column is what two nodes compare: see schema.hpp.
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <limits>
#include <string>
#include <troupe/wire/customisation.hpp>
#include <troupe/wire/type_name.hpp>
#include <type_traits>
#include <vector>

namespace troupe::wire {

/// True or false; a number is malformed.
template <>
struct Codec<bool> {
  static void encode(Writer& writer, bool value) { writer.write_bool(value); }
  static void decode(Reader& reader, bool& value) { value = reader.read_bool(); }

  template <class Out>
  static constexpr void shape(Out& out) {
    out.append("bool");
  }
};

/// Any width reads any other; a number that does not fit is malformed. Written in the fewest bytes,
/// 1 to 9, whatever the type's width. The width is part of the schema all the same, so two programs
/// have the same. Characters are integers too; text is std::string.
template <std::integral T>
  requires(sizeof(T) <= 8)
struct Codec<T> {
  static void encode(Writer& writer, T value) {
    if constexpr (std::is_signed_v<T>) {
      writer.write_int(value);
    } else {
      writer.write_uint(value);
    }
  }

  static void decode(Reader& reader, T& value) {
    using Limits = std::numeric_limits<T>;
    if constexpr (std::is_signed_v<T>) {
      value = static_cast<T>(reader.read_int(Limits::min(), Limits::max()));
    } else {
      value = static_cast<T>(reader.read_uint(Limits::max()));
    }
  }

  template <class Out>
  static constexpr void shape(Out& out) {
    out.append(std::is_signed_v<T> ? "int" : "uint");
    append_number(out, 8 * sizeof(T));
  }
};

/// Five bytes. Reads a double or an integer too, where a float holds it exactly; else it is
/// malformed. NaN and the infinities pass.
template <>
struct Codec<float> {
  static void encode(Writer& writer, float value) { writer.write_float(value); }
  static void decode(Reader& reader, float& value) { value = reader.read_float(); }

  template <class Out>
  static constexpr void shape(Out& out) {
    out.append("float32");
  }
};

/// Nine bytes, so that -0.0 stays what it is. Reads a float or an integer too, of which a large one
/// is rounded.
template <>
struct Codec<double> {
  static void encode(Writer& writer, double value) { writer.write_double(value); }
  static void decode(Reader& reader, double& value) { value = reader.read_double(); }

  template <class Out>
  static constexpr void shape(Out& out) {
    out.append("float64");
  }
};

/// The underlying integer. A value that is no enumerator is let through, as C++ itself does: so
/// enumerators may be added, and who reads has a default in its switch. The enumerators are no part
/// of the schema; the name and the underlying type are.
template <class T>
  requires std::is_enum_v<T>
struct Codec<T> {
  using Underlying = std::underlying_type_t<T>;

  static void encode(Writer& writer, T value) {
    Codec<Underlying>::encode(writer, static_cast<Underlying>(value));
  }

  static void decode(Reader& reader, T& value) {
    Underlying underlying{};
    Codec<Underlying>::decode(reader, underlying);
    value = static_cast<T>(underlying);
  }

  template <class Out>
  static constexpr void shape(Out& out) {
    out.append(type_name<T>()).append(":");
    Codec<Underlying>::shape(out);
  }
};

/// Bytes of any kind: nobody checks that they are UTF-8. Up to 2^32 - 1 of them, and as many as the
/// frame has room for.
template <>
struct Codec<std::string> {
  static void encode(Writer& writer, const std::string& value) { writer.write_string(value); }
  static void decode(Reader& reader, std::string& value) { value = reader.read_string(); }

  template <class Out>
  static constexpr void shape(Out& out) {
    out.append("string");
  }
};

/// Binary data, copied once each way; a vector of any other integer is an array, which costs more.
template <>
struct Codec<std::vector<std::byte>> {
  static void encode(Writer& writer, const std::vector<std::byte>& value) {
    writer.write_binary(value);
  }

  static void decode(Reader& reader, std::vector<std::byte>& value) {
    const auto bytes = reader.read_binary();
    value.assign(bytes.begin(), bytes.end());
  }

  template <class Out>
  static constexpr void shape(Out& out) {
    out.append("bytes");
  }
};

/// Binary data of exactly this length, such as a hash or a key; any other is malformed.
template <std::size_t size>
struct Codec<std::array<std::byte, size>> {
  static void encode(Writer& writer, const std::array<std::byte, size>& value) {
    writer.write_binary(value);
  }

  static void decode(Reader& reader, std::array<std::byte, size>& value) {
    const auto bytes = reader.read_binary();
    if (bytes.size() != size) return reader.fail("binary data of another length than the array's");
    std::copy(bytes.begin(), bytes.end(), value.begin());
  }

  template <class Out>
  static constexpr void shape(Out& out) {
    out.append("bytes ");
    append_number(out, size);
  }
};

/// The count of its own unit; the unit is part of the schema, and so is the type of the count.
/// Nodes that name one field in seconds and in milliseconds refuse the message, and nothing is
/// converted.
template <class Rep, class Period>
struct Codec<std::chrono::duration<Rep, Period>> {
  using Duration = std::chrono::duration<Rep, Period>;

  static void encode(Writer& writer, Duration value) { Codec<Rep>::encode(writer, value.count()); }

  static void decode(Reader& reader, Duration& value) {
    Rep count{};
    Codec<Rep>::decode(reader, count);
    value = Duration(count);
  }

  using Elements = Types<Rep>;
  static constexpr std::string_view brackets = "<>";
  template <class Out>
  static constexpr void shape(Out& out) {
    out.append("duration ");
    append_number(out, Period::num);
    out.append("/");
    append_number(out, Period::den);
  }
};

/// The duration since the clock's epoch. Of use to the reader only with a clock that both share:
/// std::chrono::system_clock, if the machines' clocks are set, and never steady_clock, which counts
/// from the start of each machine. Send a Duration instead where that will do.
template <class Clock, class Duration>
struct Codec<std::chrono::time_point<Clock, Duration>> {
  using TimePoint = std::chrono::time_point<Clock, Duration>;

  static void encode(Writer& writer, TimePoint value) {
    Codec<Duration>::encode(writer, value.time_since_epoch());
  }

  static void decode(Reader& reader, TimePoint& value) {
    Duration since_epoch{};
    Codec<Duration>::decode(reader, since_epoch);
    value = TimePoint(since_epoch);
  }

  using Elements = Types<Duration>;
  static constexpr std::string_view brackets = "<>";
  template <class Out>
  static constexpr void shape(Out& out) {
    out.append("time_point ").append(type_name<Clock>());
  }
};

}  // namespace troupe::wire
