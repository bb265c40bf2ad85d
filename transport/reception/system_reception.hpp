// SystemReception: system messages that come in, which are watches, their ends, and the signals of
// runtimes. Each is taken once, in its place among the others, and carried out behind what it waits
// for.
#pragma once

#include <memory>
#include <troupe/transport/incoming/level.hpp>
#include <troupe/transport/peer/peer_table.hpp>
#include <troupe/transport/reception/inbound.hpp>
#include <troupe/transport/reception/session_events.hpp>

namespace troupe::transport {

class LinkLog;

/// I/O thread, but for the counts. What it is made with outlives it.
class SystemReception {
 public:
  /// `held_bytes` is the sum of what waits here, of all peers.
  SystemReception(runtime::LocalActors actors, const TransportSettings& settings, PeerTable& table,
                  Inbound& inbound, LinkLog& log, SessionEvents& events,
                  std::shared_ptr<Level> held_bytes) noexcept
      : actors_(actors),
        settings_(settings),
        table_(table),
        inbound_(inbound),
        log_(log),
        events_(events),
        held_bytes_(std::move(held_bytes)) {}

  /// One has come. False where its session has ended for it.
  [[nodiscard]] bool take(RemotePeer& peer, const System& message, TimePoint now);
  /// Carries out those that have waited for messages that have come meanwhile.
  void release(RemotePeer& peer, TimePoint now);
  /// Ends a watch of the peer's on an actor here.
  void unwatch(RemotePeer& peer, std::uint64_t key, runtime::ActorId actor);

  /// Adds its own. Any thread.
  void count(TransportCounts& counts) const { counts.late_frames += late_.get(); }

 private:
  [[nodiscard]] bool may_wait_for(RemotePeer& peer, const Position& position, TimePoint now);
  [[nodiscard]] bool has_room_for(const RemotePeer& peer, const System& message, TimePoint now);
  void keep(RemotePeer& peer, WaitingSystem message, TimePoint now);
  void carry_out(RemotePeer& peer, SystemPayload payload, TimePoint now);
  void end_watch(RemotePeer& peer, const ActorEnded& ended);
  void begin_watch(RemotePeer& peer, const WatchActor& watch, TimePoint now);

  const runtime::LocalActors actors_;
  const TransportSettings& settings_;
  PeerTable& table_;
  Inbound& inbound_;
  LinkLog& log_;
  SessionEvents& events_;
  const std::shared_ptr<Level> held_bytes_;
  Tally late_;
};

}  // namespace troupe::transport
