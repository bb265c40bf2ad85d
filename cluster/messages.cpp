#include <troupe/cluster/messages.hpp>

#include <algorithm>
#include <utility>

namespace troupe::cluster {
namespace {

bool is_known(const MemberRecord& record) {
  return record.rank <= Rank::removed && record.cause <= Cause::down &&
         record.identity.incarnation != 0;
}

bool is_known(const News& news) {
  return std::ranges::all_of(news.records, [](const auto& record) { return is_known(record); }) &&
         std::ranges::all_of(news.tombstones, [](const Tombstone& tombstone) {
           return tombstone.cause <= Cause::down;
         });
}

/// Whether every enumerator in it has a meaning here.
template <class T>
bool is_meaningful(const T& message) {
  if constexpr (requires { message.gossip; }) return is_known(message.gossip.news);
  if constexpr (requires { message.page; }) return is_known(message.page);
  if constexpr (requires { message.news; }) return is_known(message.news);
  if constexpr (requires { message.record; }) return is_known(message.record);
  if constexpr (requires { message.outcome; }) return message.outcome <= ProbeOutcome::unhealthy;
  if constexpr (requires { message.code; }) return message.code <= Refusal::other_authority;
  return true;
}

template <std::size_t... I>
bool decode_body(wire::Reader& reader, Message& message, std::size_t kind,
                 std::index_sequence<I...>) {
  bool meaningful = false;
  const auto decode_as = [&]<std::size_t index>() {
    auto& body = message.emplace<index>();
    wire::decode_into(reader, body);
    meaningful = reader.ok() && is_meaningful(body);
  };
  ((I == kind ? decode_as.template operator()<I>() : void()), ...);
  return meaningful;
}

}  // namespace

void encode(wire::Writer& writer, const Envelope& envelope) {
  writer.write_array_header(6);
  writer.write_uint(message_version);
  writer.write_uint(envelope.message.index());
  writer.write_uint(envelope.cluster);
  wire::encode(writer, envelope.from);
  writer.write_uint(envelope.to.incarnation);
  std::visit([&](const auto& body) { wire::encode(writer, body); }, envelope.message);
}

Result<std::optional<Envelope>> decode_envelope(std::span<const std::byte> bytes) {
  wire::Reader reader(bytes);
  if (reader.read_array_header() != 6) reader.fail("an envelope is an array of six");
  const std::uint64_t version = reader.read_uint();
  const std::uint64_t kind = reader.read_uint();
  Envelope envelope;
  envelope.cluster = reader.read_uint();
  wire::decode_into(reader, envelope.from);
  envelope.to.incarnation = reader.read_uint();
  if (!reader.ok()) return reader.error();
  if (version != message_version || kind >= std::variant_size_v<Message>) return {std::nullopt};
  const bool meaningful = decode_body(reader, envelope.message, kind,
                                      std::make_index_sequence<std::variant_size_v<Message>>());
  wire::expect_end(reader);
  if (!reader.ok()) return reader.error();
  if (!meaningful) return {std::nullopt};
  return {std::optional<Envelope>(std::move(envelope))};
}

}  // namespace troupe::cluster
