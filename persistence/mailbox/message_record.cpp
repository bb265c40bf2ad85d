#include <troupe/persistence/mailbox/message_record.hpp>

#include <troupe/wire/reader.hpp>

namespace troupe::persistence {
namespace {

constexpr std::uint64_t record_version = 1;
constexpr std::uint32_t record_parts = 7;

}  // namespace

std::string to_bytes(const MessageRecord& record) {
  wire::Writer writer;
  writer.reserve(64 + record.type_name.size() + record.sender.size() + record.payload.size());
  writer.write_array_header(record_parts);
  writer.write_uint(record_version);
  writer.write_uint(record.type_key);
  writer.write_uint(record.fingerprint);
  writer.write_uint(static_cast<std::uint64_t>(record.ask_time.count()));
  writer.write_string(record.type_name);
  writer.write_string(record.sender);
  writer.write_binary(std::as_bytes(std::span(record.payload)));
  return std::string(reinterpret_cast<const char*>(writer.data()), writer.size());
}

Result<MessageRecord> read_record(std::string_view bytes) {
  wire::Reader reader(std::as_bytes(std::span(bytes)));
  if (reader.read_array_header() < record_parts) reader.fail("a record has 7 parts at least");
  if (reader.read_uint() != record_version) reader.fail("the record is of another version");
  MessageRecord record;
  record.type_key = reader.read_uint();
  record.fingerprint = reader.read_uint();
  record.ask_time = std::chrono::milliseconds(reader.read_uint(INT64_MAX));
  record.type_name = reader.read_string();
  record.sender = reader.read_string();
  const std::span<const std::byte> payload = reader.read_binary();
  if (!reader.ok()) return reader.error();
  record.payload = {reinterpret_cast<const char*>(payload.data()), payload.size()};
  return record;
}

}  // namespace troupe::persistence
