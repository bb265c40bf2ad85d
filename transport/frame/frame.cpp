#include <troupe/transport/frame/frame.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <troupe/actor/actor_path.hpp>
#include <troupe/transport/frame/frame_layout.hpp>
#include <troupe/wire/big_endian.hpp>
#include <type_traits>

namespace troupe::transport {
namespace {

using namespace layout;

/// The fixed fields of a message, put together before they are written at once.
class Head {
 public:
  explicit Head(MessageKind kind) {
    u32(0);  // The length, patched when it is known.
    u8(static_cast<std::uint8_t>(kind));
  }
  Head& u8(std::uint8_t value) { return put(value); }
  Head& u16(std::uint16_t value) { return put(value); }
  Head& u32(std::uint32_t value) { return put(value); }
  Head& u64(std::uint64_t value) { return put(value); }

  /// A message of these fields alone.
  [[nodiscard]] std::span<const std::byte> message() {
    wire::store_big_endian(bytes_.data(), static_cast<std::uint32_t>(size_ - length_bytes));
    return std::span(bytes_).first(size_);
  }

  /// Writes the fields and returns where the message begins.
  std::size_t write_to(wire::Writer& writer) const {
    const std::size_t begun = writer.size();
    writer.write(std::span(bytes_).first(size_));
    return begun;
  }

 private:
  template <class U>
  Head& put(U value) {
    wire::store_big_endian(bytes_.data() + size_, value);
    size_ += sizeof value;
    return *this;
  }

  std::array<std::byte, 64> bytes_;
  std::size_t size_ = 0;
};

void write_text(wire::Writer& writer, std::string_view text) {
  writer.write(text.data(), std::min(text.size(), text_bytes_max));
}

void write_str(wire::Writer& writer, std::string_view text) {
  std::array<std::byte, 2> length;
  wire::store_big_endian(length.data(), static_cast<std::uint16_t>(text.size()));
  writer.write(length);
  writer.write(text.data(), text.size());
}

static_assert(protocol_versions.max == handshake_version,
              "frames behind the handshake are to be begun in the version of their session");

std::array<std::byte, frame_head_bytes> frame_head(Lane lane, std::uint64_t first) {
  std::array<std::byte, frame_head_bytes> head{};
  std::ranges::copy(magic, head.begin());
  head[version_offset] = static_cast<std::byte>(protocol_versions.max);
  head[lane_offset] = static_cast<std::byte>(lane);
  wire::store_big_endian(head.data() + first_offset, first);
  return head;
}

Head& put(Head& head, const Received& received) {
  return head.u64(received.system)
      .u64(received.session)
      .u64(received.positions.ordinary)
      .u64(received.positions.large)
      .u64(received.missed);
}

void write_setting(wire::Writer& writer, SettingKey key, std::uint64_t value) {
  if (value == 0) return;
  std::array<std::byte, 12> bytes;
  wire::store_big_endian(bytes.data(), static_cast<std::uint16_t>(key));
  wire::store_big_endian(bytes.data() + 2, static_cast<std::uint16_t>(sizeof value));
  wire::store_big_endian(bytes.data() + 4, value);
  writer.write(bytes);
}

void write_setting(wire::Writer& writer, SettingKey key, std::string_view text) {
  if (text.empty()) return;
  std::array<std::byte, 2> bytes;
  wire::store_big_endian(bytes.data(), static_cast<std::uint16_t>(key));
  writer.write(bytes);
  write_str(writer, text.substr(0, text_bytes_max / 2));
}

/// What hello and welcome have in common behind their numbers.
template <class M>
void append_rest(wire::Writer& writer, std::size_t begun, const M& message) {
  write_str(writer, message.cluster);
  write_str(writer, message.address);
  write_setting(writer, SettingKey::frame_bytes_max, message.limits.frame_bytes_max);
  write_setting(writer, SettingKey::held_bytes_max, message.limits.held_bytes_max);
  write_setting(writer, SettingKey::takes_reverse, message.limits.takes_reverse);
  if constexpr (std::is_same_v<M, Hello>) {
    write_setting(writer, SettingKey::cannot_dial, message.cannot_dial);
    write_setting(writer, SettingKey::wanted, message.wanted.substr(0, wanted_bytes_max));
    write_setting(writer, SettingKey::heartbeat_interval,
                  microseconds_until(TimePoint(message.heartbeat_interval), TimePoint()));
  } else {
    write_setting(writer, SettingKey::session, message.session);
  }
  write_setting(writer, SettingKey::epoch, message.epoch);
  write_setting(writer, SettingKey::process, message.process.substr(0, process_bytes_max));
  end_message(writer, begun);
}

}  // namespace

void begin_frame(wire::Writer& writer, Lane lane, std::uint64_t first) {
  writer.write(frame_head(lane, first));
}

void set_version(wire::Writer& writer, std::uint8_t version) {
  const std::array bytes = {std::byte{version}};
  writer.overwrite(version_offset, bytes);
}

void set_reverse(wire::Writer& writer) {
  const std::array bytes = {writer.bytes()[lane_offset] | reverse_mark};
  writer.overwrite(lane_offset, bytes);
}

void set_first(wire::Writer& writer, std::uint64_t first) {
  std::array<std::byte, sizeof first> bytes;
  wire::store_big_endian(bytes.data(), first);
  writer.overwrite(first_offset, bytes);
}

void write_large_head(wire::Writer& writer, std::uint64_t ordinary) {
  writer.overwrite(0, frame_head(Lane::large, 0));
  writer.overwrite(frame_head_bytes, Head(MessageKind::after).u64(ordinary).message());
}

void append(wire::Writer& writer, const Hello& message) {
  const std::size_t begun = Head(MessageKind::hello)
                                .u8(message.versions.min)
                                .u8(message.versions.max)
                                .u64(message.incarnation)
                                .u64(message.session)
                                .write_to(writer);
  append_rest(writer, begun, message);
}

void append(wire::Writer& writer, const Welcome& message) {
  Head head(MessageKind::welcome);
  head.u8(message.versions.min).u8(message.versions.max).u64(message.incarnation);
  append_rest(writer, put(head, message.received).write_to(writer), message);
}

void append(wire::Writer& writer, const Rejected& message) {
  const std::size_t begun =
      Head(MessageKind::rejected).u8(static_cast<std::uint8_t>(message.code)).write_to(writer);
  write_text(writer, message.text);
  end_message(writer, begun);
}

void append(wire::Writer& writer, const TypeName& message) {
  const std::size_t begun = Head(MessageKind::type_name).u64(message.key).write_to(writer);
  write_str(writer, message.name.substr(0, type_name_bytes_max));
  write_text(writer, message.description);
  end_message(writer, begun);
}

void append(wire::Writer& writer, const AskFailure& message) {
  const std::size_t begun = Head(MessageKind::failure)
                                .u64(message.correlation)
                                .u8(static_cast<std::uint8_t>(message.code))
                                .u8(static_cast<std::uint8_t>(message.execution))
                                .write_to(writer);
  write_text(writer, message.text);
  end_message(writer, begun);
}

void append(wire::Writer& writer, const Dropped& message) {
  const std::size_t begun = Head(MessageKind::dropped)
                                .u8(static_cast<std::uint8_t>(message.code))
                                .u64(message.sender)
                                .u64(message.type_key)
                                .write_to(writer);
  write_text(writer, message.target);
  end_message(writer, begun);
}

void append(wire::Writer& writer, const Withdrawn& /*message*/) {
  writer.write(Head(MessageKind::withdrawn).message());
}

void append(wire::Writer& writer, const Heartbeat& message) {
  writer.write(Head(MessageKind::heartbeat).u64(message.number).message());
}

void append(wire::Writer& writer, const Progress& message) {
  Head head(MessageKind::progress);
  writer.write(put(head.u64(message.heartbeat), message.received).message());
}

void append(wire::Writer& writer, const Arrived& message) {
  writer.write(Head(MessageKind::arrived)
                   .u64(message.session)
                   .u64(message.bytes.ordinary)
                   .u64(message.bytes.large)
                   .message());
}

void append(wire::Writer& writer, const System& message) {
  const std::size_t begun = Head(MessageKind::system).u64(message.number).write_to(writer);
  writer.write(message.payload);
  end_message(writer, begun);
}

void append(wire::Writer& writer, const Named& message) {
  const std::size_t begun = Head(MessageKind::named).u64(message.actor).write_to(writer);
  writer.write(message.path.data(), message.path.size());
  end_message(writer, begun);
}

void append(wire::Writer& writer, const ClusterMessage& message) {
  const std::size_t begun = Head(MessageKind::cluster).write_to(writer);
  writer.write(message.payload);
  end_message(writer, begun);
}

void append(wire::Writer& writer, const After& message) {
  writer.write(Head(MessageKind::after).u64(message.ordinary).message());
}

void append(wire::Writer& writer, std::span<const Schema> schemas) {
  const std::size_t begun = Head(MessageKind::schemas).write_to(writer);
  for (const Schema& schema : schemas) {
    std::array<std::byte, sizeof(Schema)> bytes;
    wire::store_big_endian(bytes.data(), schema.key);
    wire::store_big_endian(bytes.data() + sizeof schema.key, schema.fingerprint);
    writer.write(bytes);
  }
  end_message(writer, begun);
}

void append(wire::Writer& writer, const Piece& message) {
  const std::size_t begun = Head(MessageKind::piece)
                                .u64(message.frame)
                                .u64(message.total)
                                .u64(message.offset)
                                .write_to(writer);
  writer.write(message.bytes);
  end_message(writer, begun);
}

void append(wire::Writer& writer, std::span<const Target> held, std::size_t bytes_max) {
  const std::size_t begun = Head(MessageKind::holds).write_to(writer);
  for (const Target& target : held) {
    const std::size_t bytes = sizeof target.actor + sizeof(std::uint16_t) + target.path.size();
    if (writer.size() - begun + bytes > bytes_max) break;
    std::array<std::byte, sizeof target.actor> id;
    wire::store_big_endian(id.data(), target.actor);
    writer.write(id);
    if (target.actor == 0) write_str(writer, target.path);
  }
  end_message(writer, begun);
}

std::size_t begin_message(wire::Writer& writer, const Request& message) {
  Head head(message.correlation != 0 ? MessageKind::ask : MessageKind::tell);
  head.u64(message.sender).u64(message.type_key);
  if (message.correlation != 0) {
    head.u64(message.correlation).u64(message.remaining_microseconds);
  }
  head.u64(message.target.actor);
  if (message.target.actor != 0) return head.write_to(writer);
  head.u16(static_cast<std::uint16_t>(message.target.path.size()));
  const std::size_t begun = head.write_to(writer);
  writer.write(message.target.path.data(), message.target.path.size());
  return begun;
}

std::size_t begin_message(wire::Writer& writer, const Reply& message) {
  return Head(MessageKind::reply).u64(message.correlation).u64(message.type_key).write_to(writer);
}

void end_message(wire::Writer& writer, std::size_t begun) {
  writer.patch_u32(begun, static_cast<std::uint32_t>(writer.size() - begun - length_bytes));
}

void name_ask(wire::Writer& writer, std::size_t begun, std::uint64_t correlation,
              std::uint64_t remaining_microseconds) {
  std::array<std::byte, 2 * sizeof(std::uint64_t)> bytes;
  wire::store_big_endian(bytes.data(), correlation);
  wire::store_big_endian(bytes.data() + sizeof correlation, remaining_microseconds);
  const std::size_t ids_bytes = 2 * sizeof(std::uint64_t);  // The sender and the type key.
  writer.overwrite(begun + length_bytes + sizeof(MessageKind) + ids_bytes, bytes);
}

std::size_t begin_part(wire::Writer& writer) { return writer.append_u32(0); }

void end_part(wire::Writer& writer, std::size_t begun) { end_message(writer, begun); }

std::uint64_t microseconds_until(TimePoint deadline, TimePoint now) noexcept {
  if (deadline == TimePoint::max()) return no_deadline;
  if (deadline <= now) return 0;
  return static_cast<std::uint64_t>(
      std::chrono::ceil<std::chrono::microseconds>(deadline - now).count());
}

TimePoint deadline_from(std::uint64_t microseconds, TimePoint now) noexcept {
  const auto rest = std::chrono::floor<std::chrono::microseconds>(TimePoint::max() - now).count();
  if (microseconds >= static_cast<std::uint64_t>(rest)) return TimePoint::max();
  return now + std::chrono::microseconds(static_cast<std::int64_t>(microseconds));
}

}  // namespace troupe::transport
