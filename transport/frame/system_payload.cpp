#include <troupe/transport/frame/system_payload.hpp>

#include <algorithm>
#include <troupe/base/printable.hpp>
#include <troupe/transport/frame/frame.hpp>
#include <troupe/wire/reader.hpp>
#include <troupe/wire/writer.hpp>
#include <utility>

namespace troupe::transport {
namespace {

using namespace runtime;
using wire::Reader;
using wire::Writer;

enum class What : std::uint8_t {
  watch = 0,
  unwatch = 1,
  ended = 2,
  order_end = 3,
  spawn_child = 4,
  child_placed = 5,
  child_not_placed = 6,
  child_failed = 7,
  rule_child = 8,
  child_ended = 9,
};

constexpr std::size_t exception_types_max = 64;

/// Begins the array; `fields` is the number of what follows.
void begin(Writer& writer, What what, std::size_t fields) {
  writer.write_array_header(fields + 1);
  writer.write_uint(static_cast<std::uint64_t>(what));
}

void write_target(Writer& writer, std::uint64_t actor, const std::string& path) {
  if (actor != 0) {
    writer.write_uint(actor);
  } else {
    writer.write_string(path);
  }
}

void write_position(Writer& writer, const Position& position) {
  writer.write_uint(position.session);
  writer.write_uint(position.positions.ordinary);
  writer.write_uint(position.positions.large);
}

template <class E>
void write_enum(Writer& writer, E value) {
  writer.write_uint(static_cast<std::uint64_t>(value));
}

void write(Writer& writer, const WatchActor& watch, const Position&) {
  begin(writer, What::watch, 2);
  writer.write_uint(watch.key);
  write_target(writer, watch.actor, watch.path);
}
void write(Writer& writer, const UnwatchActor& unwatch, const Position&) {
  begin(writer, What::unwatch, 1);
  writer.write_uint(unwatch.key);
}
void write(Writer& writer, const ActorEnded& ended, const Position& position) {
  begin(writer, What::ended, 6);
  writer.write_uint(ended.key);
  write_enum(writer, ended.reason);
  writer.write_string(ended.path);
  write_position(writer, position);
}
void write(Writer& writer, const OrderEnd& order, const Position& position) {
  begin(writer, What::order_end, 5);
  write_target(writer, order.actor, order.path);
  write_enum(writer, order.how);
  write_position(writer, position);
}
void write(Writer& writer, const SpawnChild& spawn, const Position&) {
  begin(writer, What::spawn_child, 3);
  writer.write_uint(spawn.parent);
  writer.write_string(spawn.offer);
  writer.write_binary(spawn.arguments);
}
void write(Writer& writer, const ChildPlaced& placed, const Position&) {
  begin(writer, What::child_placed, 3);
  writer.write_uint(placed.parent);
  writer.write_uint(placed.child);
  writer.write_string(placed.path);
}
void write(Writer& writer, const ChildNotPlaced& not_placed, const Position&) {
  begin(writer, What::child_not_placed, 4);
  writer.write_uint(not_placed.parent);
  write_enum(writer, not_placed.error.code());
  write_enum(writer, not_placed.error.execution());
  writer.write_string(not_placed.error.context());
}
void write(Writer& writer, const RemoteChildFailed& failed, const Position&) {
  begin(writer, What::child_failed, 4);
  writer.write_uint(failed.parent);
  write_enum(writer, failed.error.code());
  writer.write_string(failed.error.context());
  const std::size_t count = std::min(failed.exception_types.size(), exception_types_max);
  writer.write_array_header(count);
  for (std::size_t i = 0; i < count; ++i) writer.write_string(failed.exception_types[i]);
}
void write(Writer& writer, const SuperviseChild& order, const Position&) {
  begin(writer, What::rule_child, 3);
  writer.write_uint(order.child);
  write_enum(writer, order.decision.directive);
  writer.write_int(order.decision.pause.count());
}
void write(Writer& writer, const ChildEnded& ended, const Position& position) {
  begin(writer, What::child_ended, 5);
  writer.write_uint(ended.parent);
  write_enum(writer, ended.reason);
  write_position(writer, position);
}

void cut_text(Error& error, std::size_t bytes_max) {
  if (error.context().size() <= bytes_max) return;
  constexpr std::string_view mark = " [cut]";
  const std::size_t kept = bytes_max > mark.size() ? bytes_max - mark.size() : 0;
  error =
      Error(error.code(), error.context().substr(0, kept) + std::string(mark), error.execution());
}

void cut_types(std::vector<std::string>& types, std::size_t bytes_max) {
  std::size_t bytes = 0;
  const auto is_past = [&](const std::string& type) { return (bytes += type.size()) > bytes_max; };
  types.erase(std::ranges::find_if(types, is_past), types.end());
}

/// A path is left out as a whole: a part of it would be another actor's.
void cut_texts(SystemPayload& payload, std::size_t bytes_max) {
  if (auto* ended = std::get_if<ActorEnded>(&payload.what)) {
    if (ended->path.size() > bytes_max) ended->path.clear();
  }
  auto* signal = std::get_if<RemoteSignal>(&payload.what);
  if (signal == nullptr) return;
  if (auto* failed = std::get_if<RemoteChildFailed>(signal)) {
    cut_text(failed->error, bytes_max);
    cut_types(failed->exception_types, bytes_max);
  } else if (auto* not_placed = std::get_if<ChildNotPlaced>(signal)) {
    cut_text(not_placed->error, bytes_max);
  } else if (auto* placed = std::get_if<ChildPlaced>(signal)) {
    if (placed->path.size() > bytes_max) placed->path.clear();
  }
}

std::uint64_t read_id(Reader& reader) {
  const std::uint64_t id = reader.read_uint();
  if (id == 0) reader.fail("an id is 0");
  return id;
}

template <class E>
E read_enum(Reader& reader, E first, E last) {
  const std::uint64_t value = reader.read_uint(static_cast<std::uint64_t>(last));
  if (value < static_cast<std::uint64_t>(first)) reader.fail("an invalid enum value");
  return static_cast<E>(value);
}

StopReason read_reason(Reader& reader) {
  return read_enum(reader, StopReason::stopped, StopReason::node_left);
}
ErrorCode read_code(Reader& reader) {
  return static_cast<ErrorCode>(read_enum<std::uint64_t>(reader, 1, error_code_count - 1));
}

std::string read_path(Reader& reader) {
  const std::string_view text = reader.read_string();
  if (text.size() > actor_path_bytes_max) reader.fail("a path is too long");
  return printable(text, actor_path_bytes_max);
}

template <class T>
void read_target(Reader& reader, T& message) {
  if (reader.peek() == wire::Kind::string) {
    message.path = read_path(reader);
  } else {
    message.actor = read_id(reader);
  }
}

Position read_position(Reader& reader) {
  Position position;
  position.session = reader.read_uint();
  position.positions.ordinary = reader.read_uint();
  position.positions.large = reader.read_uint();
  return position;
}

// Braced lists are read in the order in which they are written.

SystemPayload read_ended(Reader& reader) {
  ActorEnded ended{reader.read_uint(), read_reason(reader), read_path(reader)};
  return {std::move(ended), read_position(reader)};
}

SystemPayload read_order_end(Reader& reader) {
  OrderEnd order;
  read_target(reader, order);
  order.how = read_enum(reader, OrderEnd::How::stop, OrderEnd::How::drain);
  return {RemoteSignal(std::move(order)), read_position(reader)};
}

SystemPayload read_child_ended(Reader& reader) {
  const ChildEnded ended{read_id(reader), read_reason(reader)};
  return {RemoteSignal(ended), read_position(reader)};
}

RemoteSignal read_spawn_child(Reader& reader) {
  SpawnChild spawn{read_id(reader), std::string(reader.read_string()), {}};
  const auto arguments = reader.read_binary();
  spawn.arguments.assign(arguments.begin(), arguments.end());
  return spawn;
}

RemoteSignal read_child_not_placed(Reader& reader) {
  const ActorId parent = read_id(reader);
  const ErrorCode code = read_code(reader);
  const auto execution = read_enum(reader, Execution::unknown, Execution::not_executed);
  return ChildNotPlaced{parent,
                        Error(code, printable(reader.read_string(), text_bytes_max), execution)};
}

RemoteSignal read_child_failed(Reader& reader) {
  const ActorId parent = read_id(reader);
  const ErrorCode code = read_code(reader);
  RemoteChildFailed failed{
      parent, Error(code, printable(reader.read_string(), text_bytes_max)), {}};
  const std::uint32_t count = reader.read_array_header();
  if (count > exception_types_max) reader.fail("too many exception types");
  for (std::uint32_t i = 0; i < count && reader.ok(); ++i) {
    failed.exception_types.emplace_back(reader.read_string());
  }
  return failed;
}

RemoteSignal read_rule_child(Reader& reader) {
  SuperviseChild order{read_id(reader), {}};
  order.decision.directive = read_enum(reader, Directive::resume, Directive::escalate);
  order.decision.pause = Duration(reader.read_int(0));
  return order;
}

SystemPayload read_one(Reader& reader, What what) {
  switch (what) {
    case What::watch: {
      WatchActor watch{reader.read_uint(), 0, {}};
      read_target(reader, watch);
      return {std::move(watch)};
    }
    case What::unwatch: return {UnwatchActor{reader.read_uint()}};
    case What::ended: return read_ended(reader);
    case What::order_end: return read_order_end(reader);
    case What::spawn_child: return {read_spawn_child(reader)};
    case What::child_placed:
      return {RemoteSignal(ChildPlaced{read_id(reader), read_id(reader), read_path(reader)})};
    case What::child_not_placed: return {read_child_not_placed(reader)};
    case What::child_failed: return {read_child_failed(reader)};
    case What::rule_child: return {read_rule_child(reader)};
    case What::child_ended: return read_child_ended(reader);
  }
  reader.fail("a system message of an invalid kind");
  return {UnwatchActor{}};
}

}  // namespace

std::vector<std::byte> encode_system(const SystemPayload& payload) {
  Writer writer;
  const auto write_it = [&](const auto& message) { write(writer, message, payload.position); };
  if (const auto* signal = std::get_if<RemoteSignal>(&payload.what)) {
    std::visit(write_it, *signal);
  } else if (const auto* watch = std::get_if<WatchActor>(&payload.what)) {
    write_it(*watch);
  } else if (const auto* unwatch = std::get_if<UnwatchActor>(&payload.what)) {
    write_it(*unwatch);
  } else {
    write_it(std::get<ActorEnded>(payload.what));
  }
  return {writer.bytes().begin(), writer.bytes().end()};
}

std::vector<std::byte> encode_system_within(std::size_t bytes_max, SystemPayload payload) {
  std::vector<std::byte> bytes = encode_system(payload);
  for (std::size_t room = bytes_max / 2; bytes.size() > bytes_max && room > 0; room /= 2) {
    cut_texts(payload, room);
    bytes = encode_system(payload);
  }
  return bytes;
}

std::optional<SystemPayload> decode_system(std::span<const std::byte> bytes) {
  Reader reader(bytes);
  const Reader::Nested nested(reader);
  const std::uint32_t fields = reader.read_array_header();
  if (fields == 0) return std::nullopt;
  const auto what =
      static_cast<What>(reader.read_uint(static_cast<std::uint64_t>(What::child_ended)));
  if (!reader.ok()) return std::nullopt;
  SystemPayload payload = read_one(reader, what);
  if (!reader.ok()) return std::nullopt;
  return payload;
}

}  // namespace troupe::transport
