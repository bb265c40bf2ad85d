#include <troupe/actor/router_strategy.hpp>

namespace troupe::runtime {
namespace {

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): every bit of the input changes half of
/// the bits of the output.
std::uint64_t mixed(std::uint64_t bits) noexcept {
  bits = (bits ^ (bits >> 30U)) * 0xbf58'476d'1ce4'e5b9;
  bits = (bits ^ (bits >> 27U)) * 0x94d0'49bb'1331'11eb;
  return bits ^ (bits >> 31U);
}

}  // namespace

std::uint64_t rendezvous_weight(std::uint64_t key, std::uint64_t routee) noexcept {
  // The constant, 2^64 over the golden ratio, keeps a key of 0 from being mixed to 0.
  return mixed(mixed(key + 0x9e37'79b9'7f4a'7c15) ^ routee);
}

}  // namespace troupe::runtime
