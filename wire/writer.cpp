// What Writer does not do inline: growing, extensions, and refusals.

#include <troupe/wire/writer.hpp>

#include <algorithm>
#include <string>
#include <troupe/base/result.hpp>

namespace troupe::wire {

void Writer::grow(std::size_t more) {
  constexpr std::size_t first_capacity = 256;
  const std::size_t capacity = std::max({first_capacity, 2 * capacity_, size_ + more});
  auto bytes = std::make_unique_for_overwrite<std::byte[]>(capacity);
  if (size_ != 0) std::memcpy(bytes.get(), bytes_.get(), size_);
  bytes_ = std::move(bytes);
  capacity_ = capacity;
}

void Writer::refuse_depth() {
  throw Failure(Error(ErrorCode::not_serialisable,
                      "arrays and maps are nested deeper than " +
                          std::to_string(nesting_depth_max) + ", which no node would read",
                      Execution::not_executed));
}

void Writer::write_extension(std::int8_t type, std::span<const std::byte> data) {
  const std::size_t size = data.size();
  if (std::has_single_bit(size) && size <= 16) {
    put(static_cast<std::uint8_t>(0xd4 + std::countr_zero(size)));
  } else {
    put_length(size, {.short_tag = 0, .short_max = 0, .tag8 = 0xc7, .tag16 = 0xc8});
  }
  put(static_cast<std::uint8_t>(type));
  write(data);
}

}  // namespace troupe::wire
