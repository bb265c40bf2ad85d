// Reader: reads msgpack values straight from untrusted bytes.
//
// The first thing that is wrong is kept as the error; from then on the input counts as used up, so
// every later read fails quietly and a decoder may check ok() once, at the end. No input leads to a
// read past the end, to recursion deeper than nesting_depth_max, or to more memory than
// claim_memory() grants.
//
//   Reader reader(bytes);
//   const std::uint64_t id = reader.read_uint();
//   const std::string_view name = reader.read_string();
//   if (!reader.ok()) return reader.error();  // id and name are worth nothing
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string_view>
#include <troupe/base/error.hpp>
#include <troupe/wire/nesting.hpp>

namespace troupe::wire {

class RefPort;

/// What a decoder may allocate for the elements of collections: this many bytes per byte of input,
/// and a base that small messages never feel.
inline constexpr std::size_t memory_per_input_byte_max = 64;
inline constexpr std::size_t memory_base_bytes = std::size_t{1} << 20;

/// What a msgpack value is, told by its first byte.
enum class Kind : std::uint8_t {
  none,     ///< The input is used up, or has failed.
  invalid,  ///< The byte 0xc1, which msgpack never uses.
  nil,
  boolean,
  integer,    ///< Of either sign, in any of its forms.
  floating,   ///< A float or a double.
  string,     ///< Text; any bytes all the same.
  binary,     ///< Bytes.
  array,      ///< A sequence, a set, a struct, a tuple or a variant.
  map,        ///< A map; structs are arrays.
  extension,  ///< A value of an application's own type; no codec of this library writes one.
};

/// A kind as words for an error: "a string", "an integer".
[[nodiscard]] std::string_view to_string(Kind kind) noexcept;

/// Reads one value after the other. Owner only; the bytes must outlive it and the views it returns.
///
/// A read of the wrong kind, of a value out of range, or past the end fails and returns a zero or
/// an empty view.
class Reader {
 public:
  /// A value of an application's own type; `data` is a view into the input.
  struct Extension {
    std::int8_t type = 0;
    std::span<const std::byte> data;
  };

  /// `port` reads the refs inside messages; without one a message is malformed that has a ref in it
  /// which is not nil.
  explicit Reader(std::span<const std::byte> bytes, RefPort* port = nullptr) noexcept
      : begin_(bytes.data()),
        at_(begin_),
        end_(begin_ + bytes.size()),
        memory_(bytes.size() * memory_per_input_byte_max + memory_base_bytes),
        port_(port) {}

  /// What the constructor was given; null for none.
  [[nodiscard]] RefPort* ref_port() const noexcept { return port_; }

  /// Whether nothing has failed so far. Costs a look: ask it in long loops, and at the end.
  [[nodiscard]] bool ok() const noexcept { return error_ == nullptr; }

  /// The first failure, `malformed` with the byte where it was met; only when !ok().
  [[nodiscard]] const Error& error() const;

  /// Fails with `text`, unless it failed before. For codecs that find a value without meaning.
  void fail(std::string_view text);

  /// Bytes that were not read yet; 0 after a failure.
  [[nodiscard]] std::size_t remaining() const noexcept {
    return static_cast<std::size_t>(end_ - at_);
  }
  /// True after a failure too.
  [[nodiscard]] bool at_end() const noexcept { return at_ == end_; }

  /// The kind of the next value, which is left where it is.
  [[nodiscard]] Kind peek() const noexcept;

  /// Fails on anything else.
  void read_nil();

  /// Reads a nil if the next value is one.
  [[nodiscard]] bool try_read_nil() noexcept {
    if (at_end() || *at_ != std::byte{0xc0}) return false;
    ++at_;
    return true;
  }

  /// Fails on numbers, 0 and 1 too.
  [[nodiscard]] bool read_bool();

  /// An integer in 0..max, in whatever form it was written.
  [[nodiscard]] std::uint64_t read_uint(
      std::uint64_t max = std::numeric_limits<std::uint64_t>::max()) {
    if (!at_end() && first() < 0x80 && first() <= max) return take_first();
    return read_long_uint(max);
  }

  /// An integer in min..max, which includes 0..127, in whatever form it was written.
  [[nodiscard]] std::int64_t read_int(std::int64_t min = std::numeric_limits<std::int64_t>::min(),
                                      std::int64_t max = std::numeric_limits<std::int64_t>::max()) {
    if (!at_end() && first() < 0x80) return take_first();
    return read_long_int(min, max);
  }

  /// A float, or a double or integer that a float holds exactly.
  [[nodiscard]] float read_float();

  /// A double, a float or an integer, which msgpack writers may use for whole numbers; an integer
  /// of more than 53 bits is rounded.
  [[nodiscard]] double read_double();

  /// A view into the input, not checked to be UTF-8. Binary data is no string.
  [[nodiscard]] std::string_view read_string() {
    if (!at_end() && (first() & 0xe0) == 0xa0 && (first() & 0x1fU) < remaining()) {
      const std::size_t size = take_first() & 0x1f;
      at_ += size;
      return {reinterpret_cast<const char*>(at_ - size), size};
    }
    return read_long_string();
  }

  /// A view into the input. A string is no binary data.
  [[nodiscard]] std::span<const std::byte> read_binary();

  /// The number of values that follow, never more than remaining().
  [[nodiscard]] std::uint32_t read_array_header() {
    if (!at_end() && (first() & 0xf0) == 0x90 && (first() & 0x0fU) < remaining()) {
      return take_first() & 0x0f;
    }
    return read_long_array_header();
  }

  /// The number of pairs of key and value that follow, never more than half of remaining().
  [[nodiscard]] std::uint32_t read_map_header();

  /// Of any type, which the caller looks at.
  [[nodiscard]] Extension read_extension();

  /// Passes over one value of any kind with all that it contains, and returns its bytes, a view
  /// into the input. Without recursion; fails past nesting_depth_max, counted with what is open
  /// around it.
  std::span<const std::byte> skip();

  /// Fails if collections were granted too much already. To be asked before elements are allocated.
  /// Without it one byte (an empty array) could stand for a large struct of defaults.
  [[nodiscard]] bool claim_memory(std::size_t elements, std::size_t element_bytes) {
    const std::size_t bytes = elements * element_bytes;
    if (bytes > memory_) [[unlikely]] {
      fail("more memory needed than a message of this size may claim");
      return false;
    }
    memory_ -= bytes;
    return true;
  }

  /// Lives while the values inside an array or map are read; fails the reader when too deep.
  class Nested {
   public:
    explicit Nested(Reader& reader) : reader_(reader) {
      if (++reader.depth_ > nesting_depth_max) [[unlikely]]
        reader.fail_too_deep();
    }
    ~Nested() { --reader_.depth_; }
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;

   private:
    Reader& reader_;
  };

 private:
  /// The first byte or bytes of a value. `length` counts payload bytes, elements or pairs.
  struct Head {
    Kind kind = Kind::none;
    std::uint8_t bytes = 0;
    std::uint64_t length = 0;
  };

  /// An integer of either sign, in two's complement.
  struct Integer {
    std::uint64_t bits = 0;
    bool is_negative = false;
  };

  [[nodiscard]] std::uint8_t first() const noexcept { return std::to_integer<std::uint8_t>(*at_); }
  std::uint8_t take_first() noexcept { return std::to_integer<std::uint8_t>(*at_++); }

  /// The next value's head, left where it is. Fails, with Kind::none, unless the head is complete
  /// and there are bytes enough for what it announces.
  [[nodiscard]] Head head();

  /// Passes over the head of a value of `kind` and returns its length; fails on any other kind.
  std::uint64_t take_head(Kind kind);

  /// Passes over the head and the payload of a value of `kind` and returns the payload.
  [[nodiscard]] std::span<const std::byte> take_payload(Kind kind);

  [[nodiscard]] Integer take_integer();

  [[nodiscard]] std::uint64_t read_long_uint(std::uint64_t max);
  [[nodiscard]] std::int64_t read_long_int(std::int64_t min, std::int64_t max);
  [[nodiscard]] std::string_view read_long_string();
  [[nodiscard]] std::uint32_t read_long_array_header();

  void fail_at(const std::byte* where, std::string_view text);
  void fail_expected(Kind wanted, Kind found);
  void fail_too_deep();

  const std::byte* begin_;
  const std::byte* at_;
  const std::byte* end_;
  std::size_t memory_;
  std::uint32_t depth_ = 0;
  RefPort* port_;
  std::unique_ptr<Error> error_;
};

}  // namespace troupe::wire
