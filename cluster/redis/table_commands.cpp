#include <troupe/cluster/redis/table_commands.hpp>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <troupe/cluster/redis/table_scripts.hpp>
#include <troupe/wire/codec.hpp>
#include <troupe/wire/writer.hpp>
#include <vector>

namespace troupe::cluster {
namespace {

using RequestKind = TableRequest::Kind;
using redis::Reply;

constexpr std::size_t row_fields = 7;

std::string_view text_of(const wire::Writer& writer) {
  const auto bytes = writer.bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string packed(const MemberRecord& record) {
  wire::Writer meta;
  wire::encode(meta, record.meta);
  wire::Writer row;
  row.write_array_header(row_fields);
  row.write_uint(static_cast<std::uint64_t>(record.rank));
  row.write_uint(static_cast<std::uint64_t>(record.cause));
  row.write_uint(record.refutation);
  row.write_uint(record.up_number);
  row.write_uint(record.meta_number);
  row.write_string(text_of(meta));
  row.write_uint(0);
  return std::string(text_of(row));
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

Error bad_answer(const std::string& what) {
  return Error(ErrorCode::malformed, "what the table of the cluster says is no answer: " + what);
}

Result<TableRow> read_row(std::string_view key, std::string_view text) {
  TableRow row;
  if (!read_table_key(key, row.record.identity)) return bad_answer("a row is of nobody");
  wire::Reader reader(bytes_of(text));
  if (reader.read_array_header() != row_fields) reader.fail("a row is an array of seven");
  const auto number = [&] {
    return static_cast<std::uint32_t>(reader.read_uint(std::numeric_limits<std::uint32_t>::max()));
  };
  row.record.rank = static_cast<Rank>(reader.read_uint(static_cast<unsigned>(Rank::removed)));
  row.record.cause = static_cast<Cause>(reader.read_uint(static_cast<unsigned>(Cause::down)));
  row.record.refutation = number();
  row.record.up_number = number();
  row.record.provisional = row.record.up_number == 0;
  row.record.meta_number = number();
  const std::string_view meta = reader.read_string();
  row.version = reader.read_uint();
  wire::expect_end(reader);
  if (!reader.ok()) return bad_answer(reader.error().context());
  if (meta.empty()) return row;  // Of one that was removed.
  auto notes = wire::decode<MemberMeta>(bytes_of(meta));
  if (!notes.ok()) return bad_answer("the notes of " + row.record.identity.address);
  row.record.meta = *std::move(notes);
  return row;
}

bool read_status(std::string_view text, TableStatus& status) {
  for (unsigned i = 0; i <= static_cast<unsigned>(TableStatus::refused); ++i) {
    status = static_cast<TableStatus>(i);
    if (to_string(status) == text) return true;
  }
  return false;
}

/// A number that was too large for Lua and so is text.
bool read_digits(const Reply& reply, std::uint64_t& number) {
  const char* const end = reply.text.data() + reply.text.size();
  const auto read = std::from_chars(reply.text.data(), end, number);
  return reply.kind == Reply::Kind::string && read.ec == std::errc() && read.ptr == end;
}

void add_arguments_of(const TableRequest& request, std::vector<std::string>& all) {
  switch (request.kind) {
    case RequestKind::read:
    case RequestKind::renew: return;
    case RequestKind::join:
      all.insert(all.end(),
                 {packed(request.records.at(0)), std::to_string(request.cluster),
                  std::to_string(request.new_generation),
                  std::to_string(request.limits.members_max), std::to_string(request.quorum_max),
                  request.idle_at ? std::to_string(*request.idle_at) : ""});
      return;
    case RequestKind::change: all.push_back(packed(request.records.at(0))); return;
    case RequestKind::vote:
      all.insert(all.end(), {table_key(request.subject), std::to_string(request.refutation),
                             request.accuses ? "1" : "0"});
      return;
    case RequestKind::down: all.push_back(table_key(request.subject)); return;
    case RequestKind::remove:
      all.insert(all.end(), {table_key(request.subject), std::to_string(request.subject_version),
                             std::to_string(request.limits.graves_max)});
      return;
    case RequestKind::merge:
      all.insert(all.end(),
                 {std::to_string(request.cluster), std::to_string(request.new_generation),
                  std::to_string(request.seen), std::to_string(request.limits.graves_max)});
      for (const MemberRecord& record : request.records) {
        all.push_back(table_key(record.identity));
        all.push_back(packed(record));
      }
  }
}

}  // namespace

redis::Command table_command(const TableRequest& request, std::span<const std::string> keys) {
  std::vector<std::string> arguments{std::to_string(request.generation),
                                     std::to_string(request.since), std::to_string(request.floor),
                                     table_key(request.actor)};
  add_arguments_of(request, arguments);
  const std::vector<std::string_view> of_keys(keys.begin(), keys.end());
  const std::vector<std::string_view> of_arguments(arguments.begin(), arguments.end());
  return redis::Command::of_script(table_script(request.kind), of_keys, of_arguments);
}

Result<TableAnswer> table_answer(const Reply& reply) {
  constexpr std::size_t parts = 9;
  const auto& part = reply.elements;
  if (reply.kind != Reply::Kind::array || part.size() != parts)
    return bad_answer("it has not 9 parts");
  TableAnswer answer;
  if (!read_status(part[0].text, answer.status)) return bad_answer("its status is " + part[0].text);
  if (!read_digits(part[1], answer.generation) || !read_digits(part[2], answer.cluster)) {
    return bad_answer("generation and cluster are no numbers");
  }
  const bool has_numbers = std::all_of(part.begin() + 3, part.begin() + 8, [](const Reply& one) {
    return one.kind == Reply::Kind::integer && one.integer >= 0;
  });
  if (!has_numbers) return bad_answer("version, floor, beginning, end or renewals is no number");
  answer.version = static_cast<std::uint64_t>(part[3].integer);
  answer.floor = static_cast<std::uint64_t>(part[4].integer);
  answer.starts_anew = part[5].integer != 0;
  answer.has_more = part[6].integer != 0;
  answer.renewals = static_cast<std::uint64_t>(part[7].integer);
  const auto& rows = part[8].elements;
  if (rows.size() % 2 != 0) return bad_answer("a key has no row");
  for (std::size_t i = 0; i < rows.size(); i += 2) {
    auto row = read_row(rows[i].text, rows[i + 1].text);
    if (!row.ok()) return row.error();
    answer.rows.push_back(*std::move(row));
  }
  return answer;
}

}  // namespace troupe::cluster
