#include <troupe/persistence/actors/event_record.hpp>

#include <troupe/wire/reader.hpp>
#include <troupe/wire/writer.hpp>

namespace troupe::persistence {
namespace {

constexpr std::uint64_t event_record_version = 1;
constexpr std::uint32_t event_record_parts = 4;

}  // namespace

std::string to_bytes(const EventRecord& record) {
  wire::Writer writer;
  writer.reserve(32 + record.type_name.size() + record.payload.size());
  writer.write_array_header(event_record_parts);
  writer.write_uint(event_record_version);
  writer.write_string(record.type_name);
  writer.write_uint(record.fingerprint);
  writer.write_binary(std::as_bytes(std::span(record.payload)));
  return std::string(reinterpret_cast<const char*>(writer.data()), writer.size());
}

Result<EventRecord> read_event_record(std::string_view bytes) {
  wire::Reader reader(std::as_bytes(std::span(bytes)));
  if (reader.read_array_header() < event_record_parts) reader.fail("a record has 4 parts at least");
  if (reader.read_uint() != event_record_version) reader.fail("the record is of another version");
  EventRecord record;
  record.type_name = reader.read_string();
  record.fingerprint = reader.read_uint();
  const std::span<const std::byte> payload = reader.read_binary();
  if (!reader.ok()) return reader.error();
  record.payload = {reinterpret_cast<const char*>(payload.data()), payload.size()};
  return record;
}

}  // namespace troupe::persistence
