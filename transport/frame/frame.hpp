// Frame: the bytes that travel between nodes, one ZeroMQ message part for a batch of messages.
//
//   frame      magic 'T' 'R' 'P', u8 version, u8 lane, u64 first, messages up to the end
//   message    u32 length of what follows, u8 kind, then by kind:
//
//   hello      1    u8 lowest version, u8 highest version, u64 incarnation, u64 session,
//                   str cluster, str address, settings         begins a connection; of session 0:
//                                                              asks who is there
//   welcome    2    u8 lowest version, u8 highest version, u64 incarnation, received, str cluster,
//                   str address, settings                      the answer, if accepted
//   rejected   3    u8 code, text                              the answer, if not; later, of the
//   code
//                                                              shutdown: its sender stops, and
//                                                              cancelled: it ends this session
//   type_name  4    u64 type key, str name, text               before the type is first used, and
//                                                              when the other side's is another;
//                                                              text describes its fields
//   heartbeat  5    u64 number                                 answered by a progress
//   progress   6    u64 heartbeat, received
//   system     7    u64 number, payload                        of the stream in system_stream.hpp
//   after      8    u64 ordinary                               what follows in the frame must wait
//                                                              for that position
//   schemas    9    u64 type key, u64 fingerprint, again and   the types that a node knows; behind
//                   again                                      its hello or welcome
//   piece      10   u64 frame, u64 total, u64 offset, bytes    alone in its frame: a part of a long
//                   up to the end                              one, see assembly.hpp
//   holds      11   target, again and again up to the end      all actors of its sender to which
//                                                              nothing is to be sent for now
//   arrived    12   u64 session, u64 ordinary, u64 large       bytes of frames that have come on
//                                                              these lanes; behind a progress
//   named      13   u64 actor, text                            the path of an actor on its sender's
//                                                              node, before what first tells of it
//   cluster    15   payload                                    what the cluster layers tell each
//                                                              other; where there is none it is
//                                                              passed over
//   tell       128  u64 sender, u64 type key, target, then at least one part:
//                   u32 length, payload                        each with a number of its own
//   ask        129  u64 sender, u64 type key, u64 correlation, u64 remaining microseconds, target,
//                   payload
//   reply      130  u64 correlation, u64 type key, payload
//   failure    131  u64 correlation, u8 code, u8 execution, text
//   dropped    132  u8 code, u64 sender, u64 type key, text    a tell that could not be understood;
//                                                              text is its target
//   withdrawn  133                                             its sender has taken back what had
//                                                              this number
//
//   received   u64 system, u64 session, u64 ordinary, u64 large, u64 missed
//   target     u64 actor id, or u64 0 and str path
//   str        u16 length and as many bytes; text and payload go to the end of the message
//   settings   u16 key, u16 length and as many bytes, again and again up to the end of the message:
//              1  u64 the longest frame that its sender takes, put together from its pieces
//              2  u64 bytes of large messages that may be under way to its sender
//              3  u64 1: its sender takes sessions on the connections that it has dialled
//              4  text, in the hello of such a session: why its sender dials none itself
//              5  u64, in a welcome: the session that was begun by the hello that it answers
//              6  text: which process its sender is, for people
//              7  text, in a hello: the name of the node that its sender wants
//              8  u64, in a hello: microseconds between the heartbeats of its sender
//              9  u64: the epoch of the two that its sender is in, or waits for; see
//              pair_epochs.hpp
//
// Messages of the kinds from 128 on are numbered in each lane and session, from 0; `first` is the
// number of the frame's first one. The positions `ordinary` and `large` say how many of them have
// come in that session, or were jumped over; `missed` how many of these were jumped over; `system`
// up to which number the system stream has come. Numbers are big-endian, ids 0 for none, remaining
// time 2^64-1 for no deadline, payloads msgpack.
//
// What a reader does not know it passes over: kinds of messages (each from 128 on counts as one
// numbered message), keys of settings, and what follows the fields of a heartbeat, progress or
// after. So a later version can say more to nodes that do not understand it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <troupe/transport/frame/frame_layout.hpp>
#include <troupe/transport/frame/handshake_terms.hpp>
#include <troupe/transport/frame/lane.hpp>
#include <troupe/wire/writer.hpp>
#include <variant>
#include <vector>

namespace troupe::transport {

inline constexpr std::size_t large_head_bytes = frame_head_bytes + 13;
inline constexpr std::size_t system_head_bytes = 13;   ///< Of a system message, before its payload.
inline constexpr std::size_t text_bytes_max = 65'536;  ///< Of an error; longer ones are cut.
/// The longest frame that travels whole, so that nobody allocates more for anybody; a longer one
/// travels in pieces.
inline constexpr std::size_t carried_bytes_max = std::size_t{256} << 10U;
/// Of a piece's frame, before its bytes.
inline constexpr std::size_t piece_head_bytes = frame_head_bytes + 29;
inline constexpr std::size_t process_bytes_max = 255;
inline constexpr std::size_t wanted_bytes_max = 255;
inline constexpr std::uint64_t no_deadline = UINT64_MAX;

struct Target {
  std::uint64_t actor = 0;
  std::string_view path;  ///< Where `actor` is 0.
};

// The messages of a frame, as views into it.

struct Hello {
  std::uint64_t incarnation = 0;
  /// Of this node's connections to the peer: each try has a new one. 0: begins nothing.
  std::uint64_t session = 0;
  std::string_view cluster;
  std::string_view address;
  PeerLimits limits = {};
  VersionRange versions = protocol_versions;
  /// Of a reverse session: why the peer cannot be dialled. At most text_bytes_max / 2.
  std::string_view cannot_dial = {};
  std::string_view process = {};  ///< Which one it is, for people: at most process_bytes_max.
  /// The name of the node that it is for; another begins nothing. Empty: whoever is there. At most
  /// wanted_bytes_max.
  std::string_view wanted = {};
  /// Between the heartbeats of its sender; whole microseconds travel, rounded up. 0: not told.
  Duration heartbeat_interval{0};
  std::uint64_t epoch = 0;  ///< Of the two; 0: not told.
};
/// What has come from the peer: of the system stream, and of users' messages in one session.
struct Received {
  std::uint64_t system = 0;
  std::uint64_t session = 0;
  LanePositions positions;
  std::uint64_t missed = 0;  ///< Of the positions: what was jumped over, and never came.
};
struct Welcome {
  std::uint64_t incarnation = 0;
  Received received;  ///< Of the session before this one; all 0 if there was none.
  std::string_view cluster;
  std::string_view address;
  PeerLimits limits = {};
  VersionRange versions = protocol_versions;
  std::uint64_t session = 0;      ///< Of the hello that it answers; 0: not told, or none.
  std::string_view process = {};  ///< As in Hello.
  std::uint64_t epoch = 0;        ///< As in Hello.
};
struct Rejected {
  ErrorCode code = ErrorCode::refused;
  std::string_view text;
};
struct TypeName {
  std::uint64_t key = 0;
  std::string_view name;
  std::string_view description;
};
/// A tell, or an ask where there is a correlation. Tells with the same fields follow in `more`,
/// each with its length before it.
struct Request {
  std::uint64_t sender = 0;
  std::uint64_t type_key = 0;
  std::uint64_t correlation = 0;
  std::uint64_t remaining_microseconds = no_deadline;
  Target target;
  std::span<const std::byte> payload;
  std::span<const std::byte> more = {};
  std::uint32_t count = 1;  ///< Of payloads.
};
struct Reply {
  std::uint64_t correlation = 0;
  std::uint64_t type_key = 0;
  std::span<const std::byte> payload;
};
struct AskFailure {
  std::uint64_t correlation = 0;
  ErrorCode code = ErrorCode::cancelled;
  Execution execution = Execution::unknown;
  std::string_view text;
};
struct Dropped {
  ErrorCode code = ErrorCode::unknown_type;
  std::uint64_t sender = 0;
  std::uint64_t type_key = 0;
  std::string_view target;
};
struct Withdrawn {};

struct Heartbeat {
  std::uint64_t number = 0;
};
struct Progress {
  std::uint64_t heartbeat = 0;  ///< That it answers; 0 for none.
  Received received;
};
/// How many bytes of frames have come from the peer in one session.
struct Arrived {
  std::uint64_t session = 0;
  LanePositions bytes;
};
struct System {
  std::uint64_t number = 0;
  std::span<const std::byte> payload;
};
/// An actor of its sender's, and the path that it has there, such as "/user/account".
struct Named {
  std::uint64_t actor = 0;
  std::string_view path;
};
/// What the cluster layer of its sender tells that of its receiver.
struct ClusterMessage {
  static constexpr std::size_t head_bytes = 5;  ///< Before the payload.
  std::span<const std::byte> payload;
};
struct After {
  std::uint64_t ordinary = 0;
};
struct Schema {
  std::uint64_t key = 0;
  std::uint64_t fingerprint = 0;
};
/// As many schemas as the bytes hold.
struct Schemas {
  std::span<const std::byte> bytes;

  [[nodiscard]] std::size_t size() const noexcept { return bytes.size() / sizeof(Schema); }
  [[nodiscard]] Schema operator[](std::size_t i) const noexcept;
};

/// Part of the frame with this number: frames that were cut are numbered from 1 on each connection.
struct Piece {
  std::uint64_t frame = 0;
  std::uint64_t total = 0;   ///< Bytes of the frame behind its head.
  std::uint64_t offset = 0;  ///< Of these, before `bytes`.
  std::span<const std::byte> bytes;
};

/// As many targets as the bytes hold. Takes the place of the Holds before it in the session.
struct Holds {
  std::span<const std::byte> bytes;

  /// Views into the frame.
  [[nodiscard]] std::vector<Target> targets() const;
};

/// A message of a kind that this version does not know.
struct Unknown {
  std::uint8_t kind = 0;
};

using FrameMessage = std::variant<Hello, Welcome, Rejected, TypeName, Request, Reply, AskFailure,
                                  Dropped, Withdrawn, Heartbeat, Progress, System, After, Schemas,
                                  Piece, Holds, Arrived, Named, ClusterMessage, Unknown>;

/// Writes the head of a frame.
void begin_frame(wire::Writer& writer, Lane lane = Lane::control, std::uint64_t first = 0);
/// Says, of a frame that begins the writer, which version it is of: a refusal is said in that of
/// whoever is refused.
void set_version(wire::Writer& writer, std::uint8_t version);
/// Says, of a frame that begins the writer, that it is of a session that goes against the direction
/// in which its connection was dialled.
void set_reverse(wire::Writer& writer);
/// Says, of a frame that begins the writer, what its first number is.
void set_first(wire::Writer& writer, std::uint64_t first);
/// Writes, over the first bytes of a writer, the head of a frame of the large lane and the After
/// that says what it waits for.
void write_large_head(wire::Writer& writer, std::uint64_t ordinary);

// Each appends one message to a frame. A request's or reply's payload is what the caller writes
// between begin_message() and end_message(), the last of them; `payload` and `more` are not looked
// at.
void append(wire::Writer& writer, const Hello& message);
void append(wire::Writer& writer, const Welcome& message);
void append(wire::Writer& writer, const Rejected& message);
void append(wire::Writer& writer, const TypeName& message);
void append(wire::Writer& writer, const AskFailure& message);
void append(wire::Writer& writer, const Dropped& message);
void append(wire::Writer& writer, const Withdrawn& message);
void append(wire::Writer& writer, const Heartbeat& message);
void append(wire::Writer& writer, const Progress& message);
void append(wire::Writer& writer, const Arrived& message);
void append(wire::Writer& writer, const System& message);
void append(wire::Writer& writer, const Named& message);
void append(wire::Writer& writer, const After& message);
void append(wire::Writer& writer, const ClusterMessage& message);
void append(wire::Writer& writer, std::span<const Schema> schemas);
void append(wire::Writer& writer, const Piece& message);
/// Holds: as many of the targets as the message, with its head, has room for in `bytes_max`.
void append(wire::Writer& writer, std::span<const Target> held, std::size_t bytes_max);

/// Returns what end_message() needs.
[[nodiscard]] std::size_t begin_message(wire::Writer& writer, const Request& message);
[[nodiscard]] std::size_t begin_message(wire::Writer& writer, const Reply& message);
void end_message(wire::Writer& writer, std::size_t begun);

/// The correlation of an ask that name_ask() names later.
inline constexpr std::uint64_t unnamed_ask = 1;
/// Writes an ask's correlation and the time that is left for it over those that it was begun with.
void name_ask(wire::Writer& writer, std::size_t begun, std::uint64_t correlation,
              std::uint64_t remaining_microseconds);

// A tell's part is what the caller writes between begin_part() and end_part().
[[nodiscard]] std::size_t begin_part(wire::Writer& writer);
void end_part(wire::Writer& writer, std::size_t begun);

/// Time that is left until `deadline`, as it travels. What is over has no time left.
[[nodiscard]] std::uint64_t microseconds_until(TimePoint deadline, TimePoint now) noexcept;
[[nodiscard]] TimePoint deadline_from(std::uint64_t microseconds, TimePoint now) noexcept;

/// Reads the messages of one frame from untrusted bytes. Every input ends in messages
/// and at most one refusal; it allocates nothing but the refusal's reason.
class FrameReader {
 public:
  /// A frame longer than `bytes_max` is refused as a whole, with `frame_too_large`.
  FrameReader(std::span<const std::byte> frame, std::size_t bytes_max);

  [[nodiscard]] Lane lane() const noexcept { return lane_; }
  /// Whether the frame is of a reverse session, see set_reverse().
  [[nodiscard]] bool is_reverse() const noexcept { return is_reverse_; }
  /// Of the protocol; 0 for bytes that are no frame.
  [[nodiscard]] std::uint8_t version() const noexcept { return version_; }
  /// The number of the first message that is numbered.
  [[nodiscard]] std::uint64_t first() const noexcept { return first_; }

  /// The next message, valid as long as the frame; none at the end and from a refusal on.
  [[nodiscard]] std::optional<FrameMessage> next();

  /// Why the frame, or the rest of it, was refused: `malformed`, `frame_too_large`, or `refused`
  /// for another protocol version. Null when it was not.
  [[nodiscard]] const Error* error() const noexcept { return error_ ? &*error_ : nullptr; }

 private:
  void refuse(ErrorCode code, std::string_view reason);

  std::span<const std::byte> rest_;
  std::size_t size_ = 0;
  Lane lane_ = Lane::control;
  bool is_reverse_ = false;
  std::uint8_t version_ = 0;
  std::uint64_t first_ = 0;
  std::optional<Error> error_;
};

/// Whether the frame's first message is a piece, or a hello.
[[nodiscard]] bool is_piece(std::span<const std::byte> frame) noexcept;
[[nodiscard]] bool is_hello(std::span<const std::byte> frame) noexcept;

/// The last ones of several tells.
[[nodiscard]] Request last_of(Request request, std::uint64_t count) noexcept;

[[nodiscard]] inline bool is_numbered(const Unknown* message) noexcept {
  return message != nullptr && message->kind >= first_numbered_kind;
}
/// Bytes of the longest payload.
[[nodiscard]] std::size_t longest_part(const Request& request) noexcept;

/// Whether messages of this kind have numbers.
[[nodiscard]] inline bool is_numbered(const FrameMessage& message) noexcept {
  return std::holds_alternative<Request>(message) || std::holds_alternative<Reply>(message) ||
         std::holds_alternative<AskFailure>(message) || std::holds_alternative<Dropped>(message) ||
         std::holds_alternative<Withdrawn>(message) || is_numbered(std::get_if<Unknown>(&message));
}

}  // namespace troupe::transport
