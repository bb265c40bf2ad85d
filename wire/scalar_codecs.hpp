// Codecs of the values without parts: numbers, enums, text, bytes, spans and points of time.
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

template <>
struct Codec<bool> {
  static void encode(Writer& writer, bool value) { writer.write_bool(value); }
  static void decode(Reader& reader, bool& value) { value = reader.read_bool(); }

  template <class Out>
  static constexpr void shape(Out& out) {
    out.append("bool");
  }
};

/// Any width reads any other; a number that does not fit is malformed.
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

template <>
struct Codec<float> {
  static void encode(Writer& writer, float value) { writer.write_float(value); }
  static void decode(Reader& reader, float& value) { value = reader.read_float(); }

  template <class Out>
  static constexpr void shape(Out& out) {
    out.append("float32");
  }
};

template <>
struct Codec<double> {
  static void encode(Writer& writer, double value) { writer.write_double(value); }
  static void decode(Reader& reader, double& value) { value = reader.read_double(); }

  template <class Out>
  static constexpr void shape(Out& out) {
    out.append("float64");
  }
};

/// The underlying integer. A value that is no enumerator is let through, as C++ itself does.
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

template <>
struct Codec<std::string> {
  static void encode(Writer& writer, const std::string& value) { writer.write_string(value); }
  static void decode(Reader& reader, std::string& value) { value = reader.read_string(); }

  template <class Out>
  static constexpr void shape(Out& out) {
    out.append("string");
  }
};

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

/// The count of its own unit; the unit is part of the schema.
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

/// The duration since the clock's epoch. Of use to the reader only with a clock that both share.
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
