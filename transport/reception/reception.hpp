// Reception: from the frames of a peer's session to the actors, watchers and proxies here. It
// puts long frames together, takes each message once, keeps large ones until what must come before
// them has come, and says how far it is. Who may begin a session, and on which connection, is
// decided elsewhere.
#pragma once

#include <memory>
#include <troupe/transport/reception/cluster_reports.hpp>
#include <troupe/transport/reception/hold_notices.hpp>
#include <troupe/transport/reception/system_reception.hpp>
#include <troupe/transport/reception/type_exchange.hpp>

namespace troupe::transport {

/// I/O thread, but for the counts. What it is made with outlives it.
class Reception {
 public:
  /// The parts of the node that it hands over to, and tells.
  struct Parts {
    runtime::LocalActors actors;
    const TransportSettings& settings;
    PeerTable& table;
    Inbound& inbound;
    TypeExchange& types;
    HoldNotices& holds;
    FrameSender& sender;
    ClusterReports& reports;
    LinkLog& log;
    SessionEvents& events;
  };

  explicit Reception(const Parts& parts);

  /// A frame on a connection of the peer's present session. The peer may be forgotten then.
  void take_frame(RemotePeer& peer, FrameReader& reader, const ReceivedFrame& frame, TimePoint now);
  /// The rest of a frame of the control lane.
  void read_control(RemotePeer& peer, FrameReader& reader, TimePoint now);
  /// What either node may say of itself at any time: message types, names of actors, and what later
  /// versions may add. False where this is something else. `peer` may be null: then nobody is
  /// known yet whom it is about.
  [[nodiscard]] bool take_announcement(RemotePeer* peer, const FrameMessage& message);

  /// The peer begins a session: what waited here of the one before is never complete.
  void begin(RemotePeer& peer, std::uint64_t session);
  /// Does what has waited for messages that have come meanwhile.
  void release(RemotePeer& peer, TimePoint now);
  /// Ends a watch of the peer's on an actor here.
  void unwatch(RemotePeer& peer, std::uint64_t key, runtime::ActorId actor) {
    system_.unwatch(peer, key, actor);
  }

  /// Adds its own. Any thread.
  void count(TransportCounts& counts) const;

 private:
  static void note_arrival(Incoming& incoming, const FrameReader& reader,
                           const ReceivedFrame& frame);
  void take_piece(RemotePeer& peer, FrameReader& reader, const ReceivedFrame& part, TimePoint now);
  void give_up(RemotePeer& peer, Lane lane, std::uint64_t number);
  void read(RemotePeer& peer, FrameReader& reader, const ReceivedFrame& frame, TimePoint now);
  void hold(RemotePeer& peer, HeldFrame one, TimePoint now);
  [[nodiscard]] bool read_lane(RemotePeer& peer, FrameReader& reader, const ReceivedFrame& frame,
                               TimePoint now);
  void receive(RemotePeer& peer, const FrameMessage& message, const ReceivedFrame& frame,
               TimePoint now);
  void report_progress(RemotePeer& peer, std::uint64_t heartbeat);

  const TransportSettings& settings_;
  PeerTable& table_;
  Inbound& inbound_;
  TypeExchange& types_;
  HoldNotices& holds_;
  FrameSender& sender_;
  ClusterReports& reports_;
  LinkLog& log_;
  SessionEvents& events_;
  const std::shared_ptr<Level> held_bytes_ = std::make_shared<Level>();
  SystemReception system_;
  Tally missed_;
  Tally unknown_kinds_;
  Tally names_refused_;
};

}  // namespace troupe::transport
