// MessageRecord: the bytes that a durable mailbox keeps of one message.
//
// A msgpack array: version, type key, fingerprint of the type's schema, ms until the end of its
// ask's time or 0, name of the type, path of the sender or "", the message in its type's own bytes.
// Readers take a longer array, whose further elements they do not know.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <troupe/base/clock.hpp>
#include <troupe/base/result.hpp>
#include <troupe/wire/writer.hpp>

namespace troupe::persistence {

/// Refers to the record that it was read from.
struct MessageRecord {
  std::uint64_t type_key = 0;
  std::uint64_t fingerprint = 0;
  /// From when it was stored to the end of its ask's time; 0: none waits for an answer.
  std::chrono::milliseconds ask_time{0};
  std::string_view type_name = {};
  std::string_view sender = {};
  std::string_view payload = {};
};

/// Throws std::bad_alloc. Any thread.
[[nodiscard]] std::string to_bytes(const MessageRecord& record);

/// Errors: `malformed`, which says where. Any thread.
[[nodiscard]] Result<MessageRecord> read_record(std::string_view bytes);

}  // namespace troupe::persistence
