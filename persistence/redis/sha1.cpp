#include <troupe/persistence/redis/sha1.hpp>

#include <array>
#include <bit>
#include <cstdint>

namespace troupe::redis {
namespace {

constexpr std::size_t block_bytes = 64;
using State = std::array<std::uint32_t, 5>;

std::uint32_t byte_at(std::string_view block, std::size_t at) {
  return static_cast<unsigned char>(block[at]);
}

void mix(State& state, std::string_view block) {
  std::array<std::uint32_t, 80> words{};
  for (std::size_t i = 0; i < 16; ++i) {
    words[i] = byte_at(block, 4 * i) << 24U | byte_at(block, 4 * i + 1) << 16U |
               byte_at(block, 4 * i + 2) << 8U | byte_at(block, 4 * i + 3);
  }
  for (std::size_t i = 16; i < 80; ++i) {
    words[i] = std::rotl(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
  }
  auto [a, b, c, d, e] = state;
  for (std::size_t i = 0; i < 80; ++i) {
    std::uint32_t f = b ^ c ^ d;
    std::uint32_t k = i < 40 ? 0x6ed9eba1 : 0xca62c1d6;
    if (i < 20) {
      f = (b & c) | (~b & d);
      k = 0x5a827999;
    } else if (i >= 40 && i < 60) {
      f = (b & c) | (b & d) | (c & d);
      k = 0x8f1bbcdc;
    }
    const std::uint32_t next = std::rotl(a, 5) + f + e + k + words[i];
    e = d;
    d = c;
    c = std::rotl(b, 30);
    b = a;
    a = next;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
}

}  // namespace

std::string sha1_hex(std::string_view text) {
  State state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  std::size_t at = 0;
  for (; text.size() - at >= block_bytes; at += block_bytes) {
    mix(state, text.substr(at, block_bytes));
  }
  std::string last(text.substr(at));
  last.push_back('\x80');
  last.resize((last.size() + 8 + block_bytes - 1) / block_bytes * block_bytes - 8, '\0');
  const std::uint64_t bits = std::uint64_t{text.size()} * 8;
  for (int shift = 56; shift >= 0; shift -= 8) {
    last.push_back(static_cast<char>(bits >> static_cast<unsigned>(shift) & 0xffU));
  }
  for (at = 0; at < last.size(); at += block_bytes) {
    mix(state, std::string_view(last).substr(at, block_bytes));
  }
  std::string result;
  for (const std::uint32_t word : state) {
    for (int shift = 28; shift >= 0; shift -= 4) {
      result.push_back("0123456789abcdef"[word >> static_cast<unsigned>(shift) & 0xfU]);
    }
  }
  return result;
}

}  // namespace troupe::redis
