// Writer: a growing buffer of bytes that writes msgpack values.
//
// The bytes are those of the msgpack specification, each integer in its shortest form. Doubles are
// always written as doubles: msgpack-c's packer writes whole ones as integers, which loses -0.0.
// It is also a stream for msgpack::packer<Writer>, so it needs no msgpack header itself.
//
//   Writer writer;
//   writer.write_array_header(2);  // [7, "tea"]
//   writer.write_uint(7);
//   writer.write_string("tea");
//   store(writer.bytes());         // 92 07 a3 74 65 61
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <troupe/base/check.hpp>
#include <troupe/wire/big_endian.hpp>
#include <troupe/wire/nesting.hpp>
#include <utility>

namespace troupe::wire {

class RefPort;

/// Appends msgpack values to bytes it owns. Owner only; empty after having been moved from. It
/// grows by doubling, from 256 bytes on, and has no limit of its own: who writes looks at size().
/// Whatever appends throws std::bad_alloc for want of memory, and may then have written a part of
/// the value.
class Writer {
 public:
  /// `port` writes the refs inside messages; without one each is written as nil, as a null ref is.
  explicit Writer(RefPort* port = nullptr) noexcept : port_(port) {}

  /// Takes over the bytes, the memory and the port; `other` is as one that was made without any.
  Writer(Writer&& other) noexcept { swap(other); }
  Writer& operator=(Writer&& other) noexcept {
    Writer(std::move(other)).swap(*this);
    return *this;
  }

  /// Null for none. The port must live as long as refs are written.
  [[nodiscard]] RefPort* ref_port() const noexcept { return port_; }
  void set_ref_port(RefPort* port) noexcept { port_ = port; }

  /// As bytes(). Null before the first byte or reserve().
  [[nodiscard]] const std::byte* data() const noexcept { return bytes_.get(); }
  /// In bytes: of what was written since the last clear(), less what truncate() took back.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

  /// What was written; valid until the next change.
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return {data(), size_}; }

  /// Forgets the bytes and keeps the memory.
  void clear() noexcept { size_ = 0; }

  /// Makes room for so many bytes in all at once, where it is known how many there will be.
  void reserve(std::size_t size) {
    if (size > capacity_) grow(size - size_);
  }

  /// Takes back everything after the first `size` bytes, for example a message that grew too large.
  /// `size` is not above size(): checked, as are the offsets below.
  void truncate(std::size_t size) {
    TROUPE_CHECK(size <= size_, "truncate to a size() that was reached before");
    size_ = size;
  }

  /// Appends raw bytes; the signature is the one msgpack::packer asks of a stream.
  void write(const char* data, std::size_t size) {
    if (size != 0) std::memcpy(room_for(size), data, size);
    size_ += size;
  }
  /// The same. The bytes are not of this Writer: where it grows, those move.
  void write(std::span<const std::byte> bytes) {
    write(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }

  /// Appends four raw bytes, big-endian, and returns their offset, for a later patch_u32().
  std::size_t append_u32(std::uint32_t value) {
    store_big_endian(room_for(sizeof value), value);
    return std::exchange(size_, size_ + sizeof value);
  }

  /// Appends bytes of no particular value, to be written with overwrite(); until then they are what
  /// the memory held.
  void append_room(std::size_t size) {
    static_cast<void>(room_for(size));
    size_ += size;
  }

  /// Replaces bytes that were appended before, from `offset` on.
  void overwrite(std::size_t offset, std::span<const std::byte> bytes) {
    TROUPE_CHECK(bytes.size() <= size_ && offset <= size_ - bytes.size(),
                 "overwrite only what was appended before");
    if (!bytes.empty()) std::memcpy(bytes_.get() + offset, bytes.data(), bytes.size());
  }

  /// Replaces the four bytes that append_u32() wrote at `offset`.
  void patch_u32(std::size_t offset, std::uint32_t value) {
    TROUPE_CHECK(size_ >= sizeof value && offset <= size_ - sizeof value,
                 "patch only what append_u32() wrote");
    store_big_endian(bytes_.get() + offset, value);
  }

  // One value each. As an element of an array or a map it counts towards the number that its header
  // has announced; nobody checks that as many follow.

  /// One byte each. Nil stands for what is not there: an empty optional, a null ref.
  void write_nil() { put(0xc0); }
  void write_bool(bool value) { put(value ? 0xc3 : 0xc2); }

  /// 1, 2, 3, 5 or 9 bytes, by the value.
  void write_uint(std::uint64_t value) {
    if (value < 0x80) {
      put(static_cast<std::uint8_t>(value));
    } else if (value <= UINT8_MAX) {
      put(0xcc, static_cast<std::uint8_t>(value));
    } else if (value <= UINT16_MAX) {
      put(0xcd, static_cast<std::uint16_t>(value));
    } else if (value <= UINT32_MAX) {
      put(0xce, static_cast<std::uint32_t>(value));
    } else {
      put(0xcf, value);
    }
  }

  /// The same; a value that is not negative is written as by write_uint().
  void write_int(std::int64_t value) {
    const auto bits = static_cast<std::uint64_t>(value);
    if (value >= 0) {
      write_uint(bits);
    } else if (value >= -32) {
      put(static_cast<std::uint8_t>(bits));
    } else if (value >= INT8_MIN) {
      put(0xd0, static_cast<std::uint8_t>(bits));
    } else if (value >= INT16_MIN) {
      put(0xd1, static_cast<std::uint16_t>(bits));
    } else if (value >= INT32_MIN) {
      put(0xd2, static_cast<std::uint32_t>(bits));
    } else {
      put(0xd3, bits);
    }
  }

  /// Five and nine bytes, bit by bit: NaN keeps its payload.
  void write_float(float value) { put(0xca, std::bit_cast<std::uint32_t>(value)); }
  void write_double(double value) { put(0xcb, std::bit_cast<std::uint64_t>(value)); }

  /// The text is not checked to be UTF-8. At most 2^32 - 1 bytes, as in all that follow.
  void write_string(std::string_view text) {
    put_length(text.size(), {.short_tag = 0xa0, .short_max = 31, .tag8 = 0xd9, .tag16 = 0xda});
    write(text.data(), text.size());
  }

  /// Readers tell it from a string.
  void write_binary(std::span<const std::byte> data) {
    put_length(data.size(), {.short_tag = 0, .short_max = 0, .tag8 = 0xc4, .tag16 = 0xc5});
    write(data);
  }

  /// Announces `size` values that the caller writes next.
  void write_array_header(std::size_t size) {
    put_length(size, {.short_tag = 0x90, .short_max = 15, .tag8 = 0, .tag16 = 0xdc});
  }

  /// Announces `size` pairs of key and value that the caller writes next.
  void write_map_header(std::size_t size) {
    put_length(size, {.short_tag = 0x80, .short_max = 15, .tag8 = 0, .tag16 = 0xde});
  }

  /// One value of an application's own type; msgpack reserves the negative ones. No codec of this
  /// library reads it: who writes it has a codec of its own on both sides.
  void write_extension(std::int8_t type, std::span<const std::byte> data);

  /// Lives while the values inside an array or map are written: past nesting_depth_max its
  /// constructor throws Failure, `not_serialisable`.
  class Nested {
   public:
    explicit Nested(Writer& writer) : writer_(writer) {
      if (writer.depth_ >= nesting_depth_max) [[unlikely]]
        refuse_depth();
      ++writer.depth_;
    }
    ~Nested() { --writer_.depth_; }
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;

   private:
    Writer& writer_;
  };

 private:
  /// How one msgpack family announces a length; 0 for a form it lacks. The 32-bit tag is tag16 + 1.
  struct LengthTags {
    std::uint8_t short_tag;
    std::uint8_t short_max;
    std::uint8_t tag8;
    std::uint8_t tag16;
  };

  void put_length(std::size_t length, LengthTags tags) {
    if (tags.short_tag != 0 && length <= tags.short_max) {
      put(static_cast<std::uint8_t>(tags.short_tag | length));
    } else if (tags.tag8 != 0 && length <= UINT8_MAX) {
      put(tags.tag8, static_cast<std::uint8_t>(length));
    } else if (length <= UINT16_MAX) {
      put(tags.tag16, static_cast<std::uint16_t>(length));
    } else {
      TROUPE_CHECK(length <= UINT32_MAX, "msgpack lengths end at 2^32 - 1: send it in parts");
      put(static_cast<std::uint8_t>(tags.tag16 + 1), static_cast<std::uint32_t>(length));
    }
  }

  void put(std::uint8_t tag) {
    *room_for(1) = std::byte{tag};
    ++size_;
  }

  template <std::unsigned_integral U>
  void put(std::uint8_t tag, U value) {
    std::byte* to = room_for(1 + sizeof value);
    *to = std::byte{tag};
    store_big_endian(to + 1, value);
    size_ += 1 + sizeof value;
  }

  /// Where the next byte goes, with room for so many; size_ stays.
  std::byte* room_for(std::size_t more) {
    if (capacity_ - size_ < more) [[unlikely]]
      grow(more);
    return bytes_.get() + size_;
  }

  void grow(std::size_t more);
  [[noreturn]] static void refuse_depth();

  void swap(Writer& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    std::swap(port_, other.port_);
    std::swap(depth_, other.depth_);
  }

  std::unique_ptr<std::byte[]> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  RefPort* port_ = nullptr;
  std::uint32_t depth_ = 0;
};

}  // namespace troupe::wire
