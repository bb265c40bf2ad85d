// EventRecord: the bytes that a journal keeps of one event, and that a snapshot is.
//
// A msgpack array: version, wire name of the type, fingerprint of the type's schema, the value in
// its type's own bytes. Readers take a longer array, whose further elements they do not know.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <troupe/base/result.hpp>
#include <troupe/wire/codec.hpp>
#include <troupe/wire/schema.hpp>
#include <troupe/wire/type_name.hpp>

namespace troupe::persistence {

/// Refers to the bytes that it was read from.
struct EventRecord {
  std::string_view type_name = {};
  std::uint64_t fingerprint = 0;
  std::string_view payload = {};
};

/// Throws std::bad_alloc. Any thread.
[[nodiscard]] std::string to_bytes(const EventRecord& record);

/// Errors: `malformed`, which says where. Any thread.
[[nodiscard]] Result<EventRecord> read_event_record(std::string_view bytes);

/// The record of an event or a state. Throws what its codec throws. Any thread.
template <class E>
[[nodiscard]] std::string record_of(const E& value) {
  wire::Writer writer;
  wire::encode(writer, value);
  return to_bytes({.type_name = wire::type_name<E>(),
                   .fingerprint = wire::fingerprint<E>(),
                   .payload = {reinterpret_cast<const char*>(writer.data()), writer.size()}});
}

/// Reads the record's value into `value`, which is newly made: fields that it lacks keep their
/// defaults. Errors: `malformed`. Any thread.
template <class E>
[[nodiscard]] Result<void> read_value(const EventRecord& record, E& value) {
  wire::Reader reader(std::as_bytes(std::span(record.payload)));
  wire::decode_into(reader, value);
  wire::expect_end(reader);
  if (!reader.ok()) return reader.error();
  return {};
}

}  // namespace troupe::persistence
