#include <troupe/transport/frame/frame.hpp>

#include <algorithm>
#include <string>
#include <troupe/actor/actor_path.hpp>
#include <troupe/transport/frame/frame_layout.hpp>
#include <troupe/wire/big_endian.hpp>
#include <type_traits>

namespace troupe::transport {
namespace {

using namespace layout;

/// Reads the fields of one message. A read past the end fails, and gives 0 or nothing.
class Fields {
 public:
  explicit Fields(std::span<const std::byte> bytes) noexcept : rest_(bytes) {}

  /// Whether all fields were there, and nothing else.
  [[nodiscard]] bool are_whole() const noexcept { return ok_ && rest_.empty(); }
  std::uint8_t u8() { return number<std::uint8_t>(); }
  std::uint16_t u16() { return number<std::uint16_t>(); }
  std::uint64_t u64() { return number<std::uint64_t>(); }

  std::string_view str(std::size_t bytes_max) {
    const std::size_t size = number<std::uint16_t>();
    if (size > bytes_max) ok_ = false;
    return as_text(take(size));
  }
  std::string_view text(std::size_t bytes_max) {
    if (rest_.size() > bytes_max) ok_ = false;
    return as_text(take(rest_.size()));
  }
  std::span<const std::byte> payload() { return take(rest_.size()); }
  std::span<const std::byte> bytes(std::size_t size) { return take(size); }
  std::span<const std::byte> part() { return take(number<std::uint32_t>()); }
  [[nodiscard]] bool has_more() const noexcept { return ok_ && !rest_.empty(); }
  [[nodiscard]] std::span<const std::byte> rest() const noexcept { return rest_; }
  /// They are none, whatever comes.
  void refuse() noexcept { ok_ = false; }
  /// Passes over what a later version has appended.
  void pass_over_rest() { rest_ = {}; }

  /// As payload(), of parts that have this size.
  std::span<const std::byte> payload_of(std::size_t part) {
    if (rest_.size() % part != 0) ok_ = false;
    return payload();
  }

  ErrorCode code() {
    const std::uint8_t value = u8();
    if (value == 0 || value >= error_code_count) ok_ = false;
    return static_cast<ErrorCode>(value);
  }
  Execution execution() {
    const std::uint8_t value = u8();
    if (value > 1) ok_ = false;
    return static_cast<Execution>(value);
  }
  /// An id or key, which is never 0.
  std::uint64_t named() {
    const std::uint64_t value = u64();
    if (value == 0) ok_ = false;
    return value;
  }
  Target target() {
    Target target{.actor = u64(), .path = {}};
    if (target.actor == 0) {
      target.path = str(actor_path_bytes_max);
      if (target.path.empty()) ok_ = false;
    }
    return target;
  }

 private:
  static std::string_view as_text(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  std::span<const std::byte> take(std::size_t size) {
    if (!ok_ || size > rest_.size()) {
      ok_ = false;
      return {};
    }
    const auto taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }
  template <class U>
  U number() {
    const auto bytes = take(sizeof(U));
    return ok_ ? wire::load_big_endian<U>(bytes.data()) : U{0};
  }

  std::span<const std::byte> rest_;
  bool ok_ = true;
};

Received read_received(Fields& fields) {
  Received received;
  received.system = fields.u64();
  received.session = fields.u64();
  received.positions.ordinary = fields.u64();
  received.positions.large = fields.u64();
  received.missed = fields.u64();
  return received;
}

VersionRange read_versions(Fields& fields) {
  VersionRange versions;
  versions.min = fields.u8();
  versions.max = fields.u8();
  return versions;
}

/// A setting that this version does not know, or that has another size by now, is passed over.
template <class M>
void read_settings(Fields& fields, M& message) {
  PeerLimits& limits = message.limits;
  while (fields.has_more()) {
    const auto key = static_cast<SettingKey>(fields.u16());
    Fields value(fields.bytes(fields.u16()));
    if (key == SettingKey::process) {
      message.process = value.text(process_bytes_max);
      continue;
    }
    if constexpr (std::is_same_v<M, Hello>) {
      if (key == SettingKey::cannot_dial) message.cannot_dial = value.text(UINT16_MAX);
      if (key == SettingKey::wanted) message.wanted = value.text(wanted_bytes_max);
    }
    const std::uint64_t number = value.u64();
    if (!value.are_whole()) continue;
    if (key == SettingKey::frame_bytes_max) limits.frame_bytes_max = number;
    if (key == SettingKey::held_bytes_max) limits.held_bytes_max = number;
    if (key == SettingKey::takes_reverse) limits.takes_reverse = number;
    if (key == SettingKey::epoch) message.epoch = number;
    if constexpr (std::is_same_v<M, Welcome>) {
      if (key == SettingKey::session) message.session = number;
    } else if (key == SettingKey::heartbeat_interval) {
      message.heartbeat_interval = deadline_from(number, TimePoint()).time_since_epoch();
    }
  }
}

Hello read_hello(Fields& fields) {
  Hello hello;
  hello.versions = read_versions(fields);
  hello.incarnation = fields.named();
  hello.session = fields.u64();
  hello.cluster = fields.str(UINT8_MAX);
  hello.address = fields.str(actor_path_bytes_max);
  read_settings(fields, hello);
  return hello;
}

Welcome read_welcome(Fields& fields) {
  Welcome welcome;
  welcome.versions = read_versions(fields);
  welcome.incarnation = fields.named();
  welcome.received = read_received(fields);
  welcome.cluster = fields.str(UINT8_MAX);
  welcome.address = fields.str(actor_path_bytes_max);
  read_settings(fields, welcome);
  return welcome;
}

Piece read_piece(Fields& fields) {
  Piece piece;
  piece.frame = fields.named();
  piece.total = fields.u64();
  piece.offset = fields.u64();
  piece.bytes = fields.payload();
  if (piece.bytes.empty() || piece.offset > piece.total ||
      piece.bytes.size() > piece.total - piece.offset) {
    fields.refuse();
  }
  return piece;
}

void read_parts(Fields& fields, Request& request) {
  request.payload = fields.part();
  request.more = fields.rest();
  for (; fields.has_more(); ++request.count) static_cast<void>(fields.part());
}

Request read_request(Fields& fields, bool is_ask) {
  Request request;
  request.sender = fields.u64();
  request.type_key = fields.named();
  if (is_ask) {
    request.correlation = fields.named();
    request.remaining_microseconds = fields.u64();
  }
  request.target = fields.target();
  if (is_ask) {
    request.payload = fields.payload();
  } else {
    read_parts(fields, request);
  }
  return request;
}

/// A message whose fields may be followed by those of a later version.
template <class M>
M extensible(Fields& fields, M message) {
  fields.pass_over_rest();
  return message;
}

/// A message with a number.
std::optional<FrameMessage> read_numbered(MessageKind kind, Fields& fields) {
  switch (kind) {
    case MessageKind::tell:
    case MessageKind::ask: return read_request(fields, kind == MessageKind::ask);
    case MessageKind::reply: {
      const std::uint64_t correlation = fields.named();
      const std::uint64_t type_key = fields.named();
      return Reply{correlation, type_key, fields.payload()};
    }
    case MessageKind::failure: {
      const std::uint64_t correlation = fields.named();
      const ErrorCode code = fields.code();
      const Execution execution = fields.execution();
      return AskFailure{correlation, code, execution, fields.text(text_bytes_max)};
    }
    case MessageKind::dropped: {
      const ErrorCode code = fields.code();
      const std::uint64_t sender = fields.u64();
      const std::uint64_t type_key = fields.named();
      return Dropped{code, sender, type_key, fields.text(text_bytes_max)};
    }
    case MessageKind::withdrawn: return extensible(fields, Withdrawn{});
    default: return std::nullopt;
  }
}

std::optional<FrameMessage> read_unnumbered(MessageKind kind, Fields& fields) {
  switch (kind) {
    case MessageKind::hello: return read_hello(fields);
    case MessageKind::welcome: return read_welcome(fields);
    case MessageKind::rejected: {
      const ErrorCode code = fields.code();
      return Rejected{code, fields.text(text_bytes_max)};
    }
    case MessageKind::type_name: {
      const std::uint64_t key = fields.named();
      const std::string_view name = fields.str(type_name_bytes_max);
      return TypeName{key, name, fields.text(text_bytes_max)};
    }
    case MessageKind::heartbeat: return extensible(fields, Heartbeat{fields.named()});
    case MessageKind::progress: {
      const std::uint64_t heartbeat = fields.u64();
      return extensible(fields, Progress{heartbeat, read_received(fields)});
    }
    case MessageKind::arrived: {
      const std::uint64_t session = fields.u64();
      const std::uint64_t ordinary = fields.u64();
      return Arrived{session, {ordinary, fields.u64()}};
    }
    case MessageKind::system: {
      const std::uint64_t number = fields.named();
      return System{number, fields.payload()};
    }
    case MessageKind::named: {
      const std::uint64_t actor = fields.named();
      return Named{actor, fields.text(actor_path_bytes_max)};
    }
    case MessageKind::cluster: return ClusterMessage{fields.payload()};
    case MessageKind::after: return extensible(fields, After{fields.u64()});
    case MessageKind::schemas: return Schemas{fields.payload_of(sizeof(Schema))};
    case MessageKind::piece: return read_piece(fields);
    case MessageKind::holds: {
      const Holds holds{fields.rest()};
      while (fields.has_more()) static_cast<void>(fields.target());
      return holds;
    }
    default: return std::nullopt;
  }
}

/// None for one of no kind.
std::optional<FrameMessage> read_message(Fields& fields) {
  const std::uint8_t number = fields.u8();
  if (number == 0) return std::nullopt;
  const auto kind = static_cast<MessageKind>(number);
  auto message =
      number >= first_numbered_kind ? read_numbered(kind, fields) : read_unnumbered(kind, fields);
  if (message) return message;
  return extensible(fields, Unknown{number});
}

}  // namespace

Schema Schemas::operator[](std::size_t i) const noexcept {
  const std::byte* at = bytes.data() + i * sizeof(Schema);
  return {wire::load_big_endian<std::uint64_t>(at),
          wire::load_big_endian<std::uint64_t>(at + sizeof(std::uint64_t))};
}

std::vector<Target> Holds::targets() const {
  std::vector<Target> targets;
  for (Fields fields(bytes); fields.has_more();) targets.push_back(fields.target());
  return targets;
}

FrameReader::FrameReader(std::span<const std::byte> frame, std::size_t bytes_max)
    : rest_(frame), size_(frame.size()) {
  const bool ours = frame.size() > version_offset &&
                    std::ranges::equal(frame.first(magic.size()), std::span(magic));
  if (ours) version_ = std::to_integer<std::uint8_t>(frame[version_offset]);
  if (frame.size() > bytes_max) {
    refuse(ErrorCode::frame_too_large,
           "is longer than " + std::to_string(bytes_max) + " bytes, the limit of this node");
  } else if (!ours) {
    refuse(ErrorCode::malformed, "does not begin as Troupe's frames do");
  } else if (version_ != handshake_version && !protocol_versions.contains(version_)) {
    refuse(ErrorCode::refused, "is of version " + std::to_string(version_) +
                                   " of the protocol; this node speaks " +
                                   to_string(protocol_versions));
  } else if (frame.size() < frame_head_bytes ||
             std::to_integer<std::size_t>(frame[lane_offset] & ~reverse_mark) >= lane_count) {
    refuse(ErrorCode::malformed, "has an invalid frame header");
  } else {
    lane_ = static_cast<Lane>(frame[lane_offset] & ~reverse_mark);
    is_reverse_ = (frame[lane_offset] & reverse_mark) != std::byte{0};
    first_ = wire::load_big_endian<std::uint64_t>(frame.data() + first_offset);
    rest_ = frame.subspan(frame_head_bytes);
  }
}

std::optional<FrameMessage> FrameReader::next() {
  if (error_ || rest_.empty()) return std::nullopt;
  if (rest_.size() < length_bytes) {
    refuse(ErrorCode::malformed, "ends inside a message's length");
    return std::nullopt;
  }
  const std::size_t length = wire::load_big_endian<std::uint32_t>(rest_.data());
  if (length > rest_.size() - length_bytes) {
    refuse(ErrorCode::malformed, "announces a message longer than itself");
    return std::nullopt;
  }
  Fields fields(rest_.subspan(length_bytes, length));
  std::optional<FrameMessage> message = read_message(fields);
  if (!message || !fields.are_whole()) {
    refuse(ErrorCode::malformed, "has an invalid message");
    return std::nullopt;
  }
  rest_ = rest_.subspan(length_bytes + length);
  return message;
}

namespace {

bool begins_with(std::span<const std::byte> frame, MessageKind kind) noexcept {
  constexpr std::size_t kind_offset = frame_head_bytes + length_bytes;
  return frame.size() > kind_offset && frame[kind_offset] == static_cast<std::byte>(kind);
}

}  // namespace

bool is_piece(std::span<const std::byte> frame) noexcept {
  return begins_with(frame, MessageKind::piece);
}

bool is_hello(std::span<const std::byte> frame) noexcept {
  return begins_with(frame, MessageKind::hello);
}

Request last_of(Request request, std::uint64_t count) noexcept {
  for (; request.count > count; --request.count) {
    const std::size_t size = wire::load_big_endian<std::uint32_t>(request.more.data());
    request.payload = request.more.subspan(length_bytes, size);
    request.more = request.more.subspan(length_bytes + size);
  }
  return request;
}

std::size_t longest_part(const Request& request) noexcept {
  std::size_t longest = request.payload.size();
  for (auto rest = request.more; !rest.empty();) {
    const std::size_t size = wire::load_big_endian<std::uint32_t>(rest.data());
    longest = std::max(longest, size);
    rest = rest.subspan(length_bytes + size);
  }
  return longest;
}

void FrameReader::refuse(ErrorCode code, std::string_view reason) {
  error_.emplace(code, "a frame of " + std::to_string(size_) + " bytes " + std::string(reason) +
                           ", at byte " + std::to_string(size_ - rest_.size()));
}

}  // namespace troupe::transport
