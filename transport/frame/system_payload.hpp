// SystemPayload: what the messages of the system stream say: watches, their ends, and the signals
// of runtime::RemoteSignal. Each is a msgpack array that begins with its number in this table.
//
//   0 watch            key, target                       target: an actor's id, or a path as text
//   1 unwatch          key
//   2 ended            key, reason, path, position
//   3 order_end        target, how, position
//   4 spawn_child      parent, offer, arguments          arguments: binary
//   5 child_placed     parent, child, path
//   6 child_not_placed parent, code, execution, text
//   7 child_failed     parent, code, text, [exception type, ...]
//   8 rule_child       child, directive, pause in nanoseconds
//   9 child_ended      parent, reason, position
//
// A position, `session, ordinary, large`, names what must have come on the other lanes of that
// session before: so an end keeps its place behind what the ended actor has sent. Elements that a
// later version appends are passed over.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <troupe/actor/actor_path.hpp>
#include <troupe/actor/ports/remote_signal.hpp>
#include <troupe/transport/frame/lane.hpp>
#include <variant>
#include <vector>

namespace troupe::transport {

/// Where in the other lanes a system message stands. Session 0: nowhere, it waits for nothing.
struct Position {
  std::uint64_t session = 0;
  LanePositions positions;

  friend bool operator==(const Position&, const Position&) = default;
};

/// The sender of this wants to hear of the end of an actor, under a key that it has chosen.
struct WatchActor {
  std::uint64_t key = 0;
  std::uint64_t actor = 0;  ///< 0: the one at `path`.
  std::string path;
};
struct UnwatchActor {
  std::uint64_t key = 0;
};
struct ActorEnded {
  std::uint64_t key = 0;
  StopReason reason = StopReason::stopped;
  std::string path;  ///< On the actor's node; empty where it would have been too long.
};

struct SystemPayload {
  std::variant<WatchActor, UnwatchActor, ActorEnded, runtime::RemoteSignal> what;
  Position position = {};
};

[[nodiscard]] std::vector<std::byte> encode_system(const SystemPayload& payload);

/// The same in at most so many bytes where that can be had by cutting texts that only people read,
/// leaving out exception types from the farthest base on, and a path that the receiver can do
/// without: whoever waits for this message needs it more than those. Longer where it cannot.
[[nodiscard]] std::vector<std::byte> encode_system_within(std::size_t bytes_max,
                                                          SystemPayload payload);

/// None for bytes that are no such message. Every input ends well, in bounded memory.
[[nodiscard]] std::optional<SystemPayload> decode_system(std::span<const std::byte> bytes);

}  // namespace troupe::transport
