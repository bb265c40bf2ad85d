// A fuzz target: one function that takes any bytes and aborts where they break a promise. libFuzzer
// hunts with it; replay.cpp goes through the kept corpus with it, in builds without libFuzzer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

/// The name is libFuzzer's. Returns 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

inline std::span<const std::byte> as_input(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const std::byte*>(data), size};
}
