#include <troupe/persistence/rules/checksum.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

namespace troupe::persistence {
namespace {

constexpr std::uint32_t polynomial = 0x82f63b78;  // Reversed.
constexpr std::size_t lanes = 8;

using Tables = std::array<std::array<std::uint32_t, 256>, lanes>;

/// Table k: what a byte does that k more bytes follow ("slicing by 8": Kounavis and Berry, 2008).
constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t rest = byte;
    for (int bit = 0; bit < 8; ++bit) rest = (rest >> 1U) ^ ((rest & 1U) != 0 ? polynomial : 0);
    tables[0][byte] = rest;
  }
  for (std::size_t k = 1; k < lanes; ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[k - 1][byte];
      tables[k][byte] = (before >> 8U) ^ tables[0][before & 0xffU];
    }
  }
  return tables;
}

constexpr Tables checksum_tables = make_tables();

static_assert(std::endian::native == std::endian::little, "the eight bytes are taken as they lie");

}  // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) noexcept {
  std::uint32_t crc = ~before;
  for (; bytes.size() >= lanes; bytes.remove_prefix(lanes)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), lanes);
    word ^= crc;
    crc = 0;
    for (std::size_t k = 0; k < lanes; ++k) {
      crc ^= checksum_tables[lanes - 1 - k][(word >> (8 * k)) & 0xffU];
    }
  }
  for (const char one : bytes) {
    crc = (crc >> 8U) ^ checksum_tables[0][(crc ^ static_cast<unsigned char>(one)) & 0xffU];
  }
  return ~crc;
}

}  // namespace troupe::persistence
