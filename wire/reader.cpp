// What Reader does not do inline: the heads of all kinds, skip(), and the texts of its errors.

#include <troupe/wire/reader.hpp>

#include <array>
#include <bit>
#include <cmath>
#include <string>
#include <troupe/base/check.hpp>
#include <troupe/wire/big_endian.hpp>

namespace troupe::wire {

namespace {

/// One row of the specification's table of formats, for the first bytes 0xc0..0xdf.
struct Format {
  Kind kind;
  std::uint8_t length_bytes;   // the big-endian length after the first byte
  std::uint8_t payload_bytes;  // what follows in any case; of an extension this includes its type
};

constexpr std::array<Format, 32> formats = {{
    {Kind::nil, 0, 0},        {Kind::invalid, 0, 0},   {Kind::boolean, 0, 0},
    {Kind::boolean, 0, 0},    {Kind::binary, 1, 0},    {Kind::binary, 2, 0},
    {Kind::binary, 4, 0},     {Kind::extension, 1, 1}, {Kind::extension, 2, 1},
    {Kind::extension, 4, 1},  {Kind::floating, 0, 4},  {Kind::floating, 0, 8},
    {Kind::integer, 0, 1},    {Kind::integer, 0, 2},   {Kind::integer, 0, 4},
    {Kind::integer, 0, 8},    {Kind::integer, 0, 1},   {Kind::integer, 0, 2},
    {Kind::integer, 0, 4},    {Kind::integer, 0, 8},   {Kind::extension, 0, 2},
    {Kind::extension, 0, 3},  {Kind::extension, 0, 5}, {Kind::extension, 0, 9},
    {Kind::extension, 0, 17}, {Kind::string, 1, 0},    {Kind::string, 2, 0},
    {Kind::string, 4, 0},     {Kind::array, 2, 0},     {Kind::array, 4, 0},
    {Kind::map, 2, 0},        {Kind::map, 4, 0},
}};

Kind kind_of(std::uint8_t first) noexcept {
  if (first < 0x80 || first >= 0xe0) return Kind::integer;
  if (first < 0x90) return Kind::map;
  if (first < 0xa0) return Kind::array;
  if (first < 0xc0) return Kind::string;
  return formats[first - 0xc0U].kind;
}

std::uint64_t load_unsigned(const std::byte* from, std::size_t bytes) noexcept {
  switch (bytes) {
    case 1: return load_big_endian<std::uint8_t>(from);
    case 2: return load_big_endian<std::uint16_t>(from);
    case 4: return load_big_endian<std::uint32_t>(from);
    case 8: return load_big_endian<std::uint64_t>(from);
    default: return 0;
  }
}

std::int64_t load_signed(const std::byte* from, std::size_t bytes) noexcept {
  const auto unused_bits = static_cast<int>(64 - 8 * bytes);
  return static_cast<std::int64_t>(load_unsigned(from, bytes) << unused_bits) >> unused_bits;
}

/// `integer` is a Reader::Integer, which is private.
std::string to_decimal(const auto& integer) {
  return integer.is_negative ? std::to_string(static_cast<std::int64_t>(integer.bits))
                             : std::to_string(integer.bits);
}

}  // namespace

Reader::Head Reader::head() {
  if (at_end()) {
    fail("the input ends where a value should begin");
    return {};
  }
  const std::uint8_t tag = first();
  Head head{kind_of(tag), 1, 0};
  if (tag >= 0xc0 && tag < 0xe0) {
    const Format format = formats[tag - 0xc0U];
    head.bytes = static_cast<std::uint8_t>(1 + format.length_bytes);
    if (head.bytes > remaining()) {
      fail("the input ends inside a length");
      return {};
    }
    head.length = load_unsigned(at_ + 1, format.length_bytes) + format.payload_bytes;
  } else if (head.kind != Kind::integer) {
    head.length = tag & (head.kind == Kind::string ? 0x1fU : 0x0fU);
  }
  const std::uint64_t least_bytes = head.kind == Kind::map ? 2 * head.length : head.length;
  if (head.kind == Kind::invalid) {
    fail("the byte 0xc1 begins no value");
    return {};
  }
  if (least_bytes > remaining() - head.bytes) {
    fail("the input ends inside " + std::string(to_string(head.kind)));
    return {};
  }
  return head;
}

std::span<const std::byte> Reader::skip() {
  const std::byte* const start = at_;
  std::array<std::uint64_t, nesting_depth_max> open;  // values still to come, for each level
  std::size_t levels = 0;
  do {
    const Head next = head();
    if (next.kind == Kind::none) return {};
    const bool has_values = next.kind == Kind::array || next.kind == Kind::map;
    if (has_values && depth_ + levels >= nesting_depth_max) {
      fail_too_deep();
      return {};
    }
    at_ += next.bytes;
    if (has_values) {
      const std::uint64_t values = next.kind == Kind::map ? 2 * next.length : next.length;
      if (values > 0) {
        open[levels++] = values;
        continue;
      }
    } else {
      at_ += next.length;
    }
    while (levels > 0 && --open[levels - 1] == 0) --levels;
  } while (levels > 0);
  return {start, at_};
}

std::uint64_t Reader::take_head(Kind kind) {
  const Head next = head();
  if (next.kind != kind) {
    fail_expected(kind, next.kind);
    return 0;
  }
  at_ += next.bytes;
  return next.length;
}

std::span<const std::byte> Reader::take_payload(Kind kind) {
  const auto size = static_cast<std::size_t>(take_head(kind));
  at_ += size;
  return {at_ - size, size};
}

Reader::Integer Reader::take_integer() {
  const std::uint8_t tag = at_end() ? 0 : first();
  if (tag >= 0xcc && tag <= 0xd3) {
    const std::size_t bytes = std::size_t{1} << (tag & 3);
    if (bytes < remaining()) {
      at_ += 1 + bytes;
      if (tag < 0xd0) return {load_unsigned(at_ - bytes, bytes), false};
      const std::int64_t value = load_signed(at_ - bytes, bytes);
      return {static_cast<std::uint64_t>(value), value < 0};
    }
  }
  take_head(Kind::integer);  // fails on all but the one-byte forms
  if (tag >= 0xe0) return {0xffff'ffff'ffff'ff00 | tag, true};
  return {tag < 0x80 ? tag : 0U, false};
}

std::uint64_t Reader::read_long_uint(std::uint64_t max) {
  const std::byte* const start = at_;
  const Integer read = take_integer();
  if (!read.is_negative && read.bits <= max) return read.bits;
  fail_at(start, "the integer " + to_decimal(read) + " is outside 0.." + std::to_string(max));
  return 0;
}

std::int64_t Reader::read_long_int(std::int64_t min, std::int64_t max) {
  const std::byte* const start = at_;
  const Integer read = take_integer();
  const auto value = static_cast<std::int64_t>(read.bits);
  if (read.is_negative ? value >= min : read.bits <= static_cast<std::uint64_t>(max)) return value;
  fail_at(start, "the integer " + to_decimal(read) + " is outside " + std::to_string(min) + ".." +
                     std::to_string(max));
  return 0;
}

void Reader::read_nil() { take_head(Kind::nil); }

bool Reader::read_bool() {
  const bool is_true = !at_end() && first() == 0xc3;
  take_head(Kind::boolean);
  return is_true && ok();
}

double Reader::read_double() {
  if (peek() == Kind::integer) {
    const Integer read = take_integer();
    return read.is_negative ? static_cast<double>(static_cast<std::int64_t>(read.bits))
                            : static_cast<double>(read.bits);
  }
  const auto payload = take_payload(Kind::floating);
  const std::uint64_t bits = load_unsigned(payload.data(), payload.size());
  return payload.size() == sizeof(float)
             ? static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)))
             : std::bit_cast<double>(bits);
}

float Reader::read_float() {
  const std::byte* const start = at_;
  const double value = read_double();
  const bool fits =
      !std::isfinite(value) || (std::abs(value) <= std::numeric_limits<float>::max() &&
                                static_cast<double>(static_cast<float>(value)) == value);
  if (fits) return static_cast<float>(value);
  fail_at(start, "a float cannot hold the number exactly");
  return 0;
}

std::string_view Reader::read_long_string() {
  const auto text = take_payload(Kind::string);
  return {reinterpret_cast<const char*>(text.data()), text.size()};
}

std::span<const std::byte> Reader::read_binary() { return take_payload(Kind::binary); }

std::uint32_t Reader::read_long_array_header() {
  return static_cast<std::uint32_t>(take_head(Kind::array));
}

std::uint32_t Reader::read_map_header() { return static_cast<std::uint32_t>(take_head(Kind::map)); }

Reader::Extension Reader::read_extension() {
  const auto payload = take_payload(Kind::extension);
  if (payload.empty()) return {};
  return {std::to_integer<std::int8_t>(payload[0]), payload.subspan(1)};
}

Kind Reader::peek() const noexcept { return at_end() ? Kind::none : kind_of(first()); }

const Error& Reader::error() const {
  TROUPE_CHECK(!ok(), "ask ok() before error()");
  return *error_;
}

void Reader::fail(std::string_view text) { fail_at(at_, text); }

void Reader::fail_at(const std::byte* where, std::string_view text) {
  if (!ok()) return;
  std::string context(text);
  context.append(" (at byte ").append(std::to_string(where - begin_));
  context.append(" of ").append(std::to_string(end_ - begin_)).append(")");
  error_ = std::make_unique<Error>(ErrorCode::malformed, std::move(context));
  at_ = end_;
}

void Reader::fail_expected(Kind wanted, Kind found) {
  if (!ok()) return;
  fail("expected " + std::string(to_string(wanted)) + ", found " + std::string(to_string(found)));
}

void Reader::fail_too_deep() {
  fail("arrays and maps are nested deeper than " + std::to_string(nesting_depth_max));
}

std::string_view to_string(Kind kind) noexcept {
  switch (kind) {
    case Kind::none: return "nothing";
    case Kind::invalid: return "the byte 0xc1";
    case Kind::nil: return "nil";
    case Kind::boolean: return "a boolean";
    case Kind::integer: return "an integer";
    case Kind::floating: return "a float";
    case Kind::string: return "a string";
    case Kind::binary: return "binary data";
    case Kind::array: return "an array";
    case Kind::map: return "a map";
    case Kind::extension: return "an extension";
  }
  return "a value of no known kind";
}

}  // namespace troupe::wire
