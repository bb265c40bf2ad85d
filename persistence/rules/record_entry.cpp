#include <troupe/persistence/rules/record_entry.hpp>

#include <algorithm>
#include <array>
#include <troupe/persistence/rules/checksum.hpp>

namespace troupe::persistence {
namespace {

constexpr std::size_t records_per_entry = 64;
constexpr std::size_t bytes_per_entry = std::size_t{32} << 10U;

template <std::size_t Bytes>
std::array<char, Bytes> low_bytes(std::uint64_t number) noexcept {
  std::array<char, Bytes> bytes{};
  for (char& one : bytes) {
    one = static_cast<char>(number & 0xffU);
    number >>= 8U;
  }
  return bytes;
}

template <std::size_t Bytes>
std::string_view text_of(const std::array<char, Bytes>& bytes) noexcept {
  return {bytes.data(), Bytes};
}

}  // namespace

std::size_t entry_count(const Records& records, std::size_t first, std::size_t end) noexcept {
  std::size_t count = 1;
  std::size_t bytes = records[first].size();
  for (; first + count < end && count < records_per_entry; ++count) {
    bytes += records[first + count].size();
    if (bytes > bytes_per_entry) break;
  }
  return count;
}

std::string pack_sizes(const Records& records, std::size_t first, std::size_t count) {
  std::string sizes;
  sizes.reserve(count * 4);
  for (std::size_t i = first; i < first + count; ++i) {
    sizes.append(text_of(low_bytes<4>(records[i].size())));
  }
  return sizes;
}

std::size_t RecordEntry::size_of(std::size_t index) const noexcept {
  std::size_t size = 0;
  for (std::size_t i = 4; i > 0; --i) {
    size = (size << 8U) | static_cast<unsigned char>(sizes[index * 4 + i - 1]);
  }
  return size;
}

std::uint64_t RecordEntry::bytes_before(std::size_t index) const noexcept {
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < std::min(index, count()); ++i) bytes += size_of(i);
  return bytes;
}

std::string_view RecordEntry::record(std::size_t index) const noexcept {
  const std::uint64_t begin = bytes_before(index);
  return begin < records.size() ? records.substr(begin, size_of(index)) : std::string_view();
}

std::uint32_t RecordEntry::checksum() const noexcept {
  std::uint32_t crc = crc32c(text_of(low_bytes<8>(place)));
  crc = crc32c(text_of(low_bytes<8>(number)), crc);
  crc = crc32c(text_of(low_bytes<8>(sizes.size())), crc);
  return crc32c(records, crc32c(sizes, crc));
}

bool RecordEntry::is_whole(std::uint64_t written) const noexcept {
  return !sizes.empty() && sizes.size() % 4 == 0 && bytes_before(count()) == records.size() &&
         checksum() == written;
}

}  // namespace troupe::persistence
