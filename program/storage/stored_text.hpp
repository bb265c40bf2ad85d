// Stored bytes, sizes and times as an operator reads them. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <troupe/program/storage/storage_requests.hpp>
#include <vector>

namespace troupe::program {

/// A message of a durable mailbox.
struct ShownMessage {
  std::string type;     ///< Its wire name.
  std::string sender;   ///< Its path; empty: nobody, or no actor that lasts.
  std::string message;  ///< As json_of_msgpack() has it.
};
/// What is no message has no type, and its bytes as the message.
[[nodiscard]] ShownMessage shown(const StoredBytes& record);

/// What msgpack bytes say, as JSON in one line: structs are lists, as no schema is stored with
/// them. Bytes that are no msgpack, or whose maps have keys that are no text, are "0x...".
[[nodiscard]] std::string json_of_msgpack(std::span<const std::byte> bytes);

/// "0x00ff".
[[nodiscard]] std::string hexadecimal(std::span<const std::byte> bytes);

/// "512 B", "1.5 KiB", "20 MiB": three digits at least, rounded down.
[[nodiscard]] std::string short_size(std::uint64_t bytes);

/// "2026-11-30 14:57:38Z", of ms since 1970; "-" for 0.
[[nodiscard]] std::string short_time(std::uint64_t milliseconds);

/// Columns, each as wide as its widest cell, with two spaces between; numbers to the right. The
/// first row is the headings. No line end behind the last line.
[[nodiscard]] std::string columns(const std::vector<std::vector<std::string>>& rows);

}  // namespace troupe::program
