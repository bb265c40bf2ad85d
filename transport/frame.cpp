#include <algorithm>
#include <array>
#include <string>
#include <troupe/actor/actor_path.hpp>
#include <troupe/transport/frame.hpp>
#include <troupe/wire/big_endian.hpp>

namespace troupe::transport {
namespace {

enum class Kind : std::uint8_t {
  hello = 1,
  welcome = 2,
  rejected = 3,
  type_name = 4,
  tell = 5,
  ask = 6,
  reply = 7,
  failure = 8,
  dropped = 9,
  heartbeat = 10,
  progress = 11,
  system = 12,
  after = 13,
};

constexpr std::array<std::byte, 4> magic = {std::byte{'T'}, std::byte{'R'}, std::byte{'P'},
                                            std::byte{protocol_version}};
constexpr std::size_t lane_offset = magic.size();
constexpr std::size_t first_offset = lane_offset + 1;
static_assert(frame_head_bytes == first_offset + sizeof(std::uint64_t));
constexpr std::size_t length_bytes = 4;
constexpr std::size_t type_name_bytes_max = 4096;

/// The fixed fields of a message, put together before they are written at once.
class Head {
 public:
  explicit Head(Kind kind) {
    u32(0);  // The length, patched when it is known.
    u8(static_cast<std::uint8_t>(kind));
  }
  Head& u8(std::uint8_t value) { return put(value); }
  Head& u16(std::uint16_t value) { return put(value); }
  Head& u32(std::uint32_t value) { return put(value); }
  Head& u64(std::uint64_t value) { return put(value); }

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

void patch_u64(wire::Writer& writer, std::size_t offset, std::uint64_t value) {
  writer.patch_u32(offset, static_cast<std::uint32_t>(value >> 32U));
  writer.patch_u32(offset + sizeof(std::uint32_t), static_cast<std::uint32_t>(value));
}

Head& put(Head& head, const Received& received) {
  return head.u64(received.system)
      .u64(received.session)
      .u64(received.positions.ordinary)
      .u64(received.positions.large);
}

void append_names(wire::Writer& writer, std::size_t begun, std::string_view cluster,
                  std::string_view address) {
  write_str(writer, cluster);
  write_str(writer, address);
  end_message(writer, begun);
}

/// A message of fields alone.
void append_fields(wire::Writer& writer, const Head& head) {
  end_message(writer, head.write_to(writer));
}

/// Reads the fields of one message. A read past the end fails, and gives 0 or nothing.
class Fields {
 public:
  explicit Fields(std::span<const std::byte> bytes) noexcept : rest_(bytes) {}

  [[nodiscard]] bool ok() const noexcept { return ok_; }
  std::uint8_t u8() { return number<std::uint8_t>(); }
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
  return received;
}

Hello read_hello(Fields& fields) {
  Hello hello;
  hello.incarnation = fields.named();
  hello.session = fields.named();
  hello.cluster = fields.str(UINT8_MAX);
  hello.address = fields.str(actor_path_bytes_max);
  return hello;
}

Welcome read_welcome(Fields& fields) {
  Welcome welcome;
  welcome.incarnation = fields.named();
  welcome.received = read_received(fields);
  welcome.cluster = fields.str(UINT8_MAX);
  welcome.address = fields.str(actor_path_bytes_max);
  return welcome;
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
  request.payload = fields.payload();
  return request;
}

std::optional<FrameMessage> read_message(Fields& fields) {
  const auto kind = static_cast<Kind>(fields.u8());
  switch (kind) {
    case Kind::hello: return read_hello(fields);
    case Kind::welcome: return read_welcome(fields);
    case Kind::rejected: {
      const ErrorCode code = fields.code();
      return Rejected{code, fields.text(text_bytes_max)};
    }
    case Kind::type_name: {
      const std::uint64_t key = fields.named();
      const std::string_view name = fields.str(type_name_bytes_max);
      return TypeName{key, name, fields.text(text_bytes_max)};
    }
    case Kind::tell:
    case Kind::ask: return read_request(fields, kind == Kind::ask);
    case Kind::reply: {
      const std::uint64_t correlation = fields.named();
      const std::uint64_t type_key = fields.named();
      return Reply{correlation, type_key, fields.payload()};
    }
    case Kind::failure: {
      const std::uint64_t correlation = fields.named();
      const ErrorCode code = fields.code();
      const Execution execution = fields.execution();
      return AskFailure{correlation, code, execution, fields.text(text_bytes_max)};
    }
    case Kind::dropped: {
      const ErrorCode code = fields.code();
      const std::uint64_t sender = fields.u64();
      const std::uint64_t type_key = fields.named();
      return Dropped{code, sender, type_key, fields.text(text_bytes_max)};
    }
    case Kind::heartbeat: return Heartbeat{fields.named()};
    case Kind::progress: {
      const std::uint64_t heartbeat = fields.u64();
      return Progress{heartbeat, read_received(fields)};
    }
    case Kind::system: {
      const std::uint64_t number = fields.named();
      return System{number, fields.payload()};
    }
    case Kind::after: return After{fields.u64()};
  }
  return std::nullopt;
}

}  // namespace

void begin_frame(wire::Writer& writer, Lane lane, std::uint64_t first) {
  std::array<std::byte, frame_head_bytes> head{};
  std::ranges::copy(magic, head.begin());
  head[lane_offset] = static_cast<std::byte>(lane);
  wire::store_big_endian(head.data() + first_offset, first);
  writer.write(head);
}

void set_first(wire::Writer& writer, std::uint64_t first) {
  patch_u64(writer, first_offset, first);
}

void set_after(wire::Writer& writer, std::size_t begun, std::uint64_t ordinary) {
  patch_u64(writer, begun + length_bytes + sizeof(Kind), ordinary);
}

void append(wire::Writer& writer, const Hello& message) {
  const std::size_t begun =
      Head(Kind::hello).u64(message.incarnation).u64(message.session).write_to(writer);
  append_names(writer, begun, message.cluster, message.address);
}

void append(wire::Writer& writer, const Welcome& message) {
  Head head(Kind::welcome);
  const std::size_t begun = put(head.u64(message.incarnation), message.received).write_to(writer);
  append_names(writer, begun, message.cluster, message.address);
}

void append(wire::Writer& writer, const Rejected& message) {
  const std::size_t begun =
      Head(Kind::rejected).u8(static_cast<std::uint8_t>(message.code)).write_to(writer);
  write_text(writer, message.text);
  end_message(writer, begun);
}

void append(wire::Writer& writer, const TypeName& message) {
  const std::size_t begun = Head(Kind::type_name).u64(message.key).write_to(writer);
  write_str(writer, message.name.substr(0, type_name_bytes_max));
  write_text(writer, message.description);
  end_message(writer, begun);
}

void append(wire::Writer& writer, const AskFailure& message) {
  const std::size_t begun = Head(Kind::failure)
                                .u64(message.correlation)
                                .u8(static_cast<std::uint8_t>(message.code))
                                .u8(static_cast<std::uint8_t>(message.execution))
                                .write_to(writer);
  write_text(writer, message.text);
  end_message(writer, begun);
}

void append(wire::Writer& writer, const Dropped& message) {
  const std::size_t begun = Head(Kind::dropped)
                                .u8(static_cast<std::uint8_t>(message.code))
                                .u64(message.sender)
                                .u64(message.type_key)
                                .write_to(writer);
  write_text(writer, message.target);
  end_message(writer, begun);
}

void append(wire::Writer& writer, const Heartbeat& message) {
  append_fields(writer, Head(Kind::heartbeat).u64(message.number));
}

void append(wire::Writer& writer, const Progress& message) {
  Head head(Kind::progress);
  append_fields(writer, put(head.u64(message.heartbeat), message.received));
}

void append(wire::Writer& writer, const System& message) {
  const std::size_t begun = Head(Kind::system).u64(message.number).write_to(writer);
  writer.write(message.payload);
  end_message(writer, begun);
}

void append(wire::Writer& writer, const After& message) {
  append_fields(writer, Head(Kind::after).u64(message.ordinary));
}

std::size_t begin_message(wire::Writer& writer, const Request& message) {
  Head head(message.correlation != 0 ? Kind::ask : Kind::tell);
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
  return Head(Kind::reply).u64(message.correlation).u64(message.type_key).write_to(writer);
}

void end_message(wire::Writer& writer, std::size_t begun) {
  writer.patch_u32(begun, static_cast<std::uint32_t>(writer.size() - begun - length_bytes));
}

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

FrameReader::FrameReader(std::span<const std::byte> frame, std::size_t bytes_max)
    : rest_(frame), size_(frame.size()) {
  constexpr std::size_t version_offset = magic.size() - 1;
  const bool ours = frame.size() >= magic.size() &&
                    std::ranges::equal(frame.first(version_offset),
                                       std::span(magic).first(version_offset));
  if (frame.size() > bytes_max) {
    refuse(ErrorCode::frame_too_large,
           "is longer than frame_bytes_max, " + std::to_string(bytes_max) + " bytes");
  } else if (!ours) {
    refuse(ErrorCode::malformed, "does not begin as Troupe's frames do");
  } else if (frame[version_offset] != magic.back()) {
    refuse(ErrorCode::refused, "is of another version of the protocol; this node speaks " +
                                   std::to_string(protocol_version));
  } else if (frame.size() < frame_head_bytes ||
             std::to_integer<std::size_t>(frame[lane_offset]) >= lane_count) {
    refuse(ErrorCode::malformed, "has a head that is none");
  } else {
    lane_ = static_cast<Lane>(frame[lane_offset]);
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
  if (!message || !fields.ok()) {
    refuse(ErrorCode::malformed, "has a message that is none");
    return std::nullopt;
  }
  rest_ = rest_.subspan(length_bytes + length);
  return message;
}

void FrameReader::refuse(ErrorCode code, std::string_view words) {
  error_.emplace(code, "a frame of " + std::to_string(size_) + " bytes " + std::string(words) +
                           ", at byte " + std::to_string(size_ - rest_.size()));
}

}  // namespace troupe::transport
