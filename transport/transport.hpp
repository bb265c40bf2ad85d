// Transport: the links of one node, driven by a carrier: handshakes, frames in and out, losses,
// deadlines. It has no thread, no socket and no clock of its own.
//
// A link carries this node's messages to one address, on a connection that this node dials; answers
// come on the connection that the other node dials. A connection begins with a hello; until the
// other side's welcome says which incarnation it is, messages wait.
#pragma once

#include <memory>
#include <troupe/transport/inbound.hpp>
#include <troupe/transport/peer_table.hpp>
#include <troupe/transport/transport_settings.hpp>
#include <vector>

namespace troupe::transport {

class Transport {
 public:
  /// `self` is what others are told. The carrier is used from open() on.
  Transport(runtime::SystemCore& core, NodeIdentity self, TransportSettings settings);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  // Any thread.

  /// Before the first event.
  void open(Carrier& carrier);

  /// The actor at a path of another node's. Errors: `limit_reached`, `shutdown`.
  [[nodiscard]] Result<AnyRef> select(const ActorPath& path);

  [[nodiscard]] TransportCounts counts() const;
  [[nodiscard]] const NodeIdentity& self() const noexcept { return table_.self(); }

  // I/O thread: events.

  /// A frame on a connection that another node has made.
  void on_frame(const ConnectionId& from, std::span<const std::byte> frame, TimePoint now);
  /// A frame on a connection that this node has dialled.
  void on_answer(PeerLink& link, std::span<const std::byte> frame, TimePoint now);
  /// The link's connection could not be made, or has ended.
  void on_lost(PeerLink& link, std::string_view words, TimePoint now);
  /// Somebody connected who does not speak as nodes do.
  void on_stranger(std::string_view words, TimePoint now);
  /// A connection of another's has ended.
  void on_connection_ended() { connections_ended_.add(); }

  /// Does what is due: dials, sends, ends what has had its time. After every wake() and event.
  void advance(TimePoint now);
  /// When advance() must be called at the latest.
  [[nodiscard]] TimePoint next_deadline() const;
  /// True when nothing more can be sent: for an orderly end.
  [[nodiscard]] bool is_drained() const;
  /// Tells those who are connected that this node stops, so that they need not find out.
  void say_goodbye();

  /// Fails what is under way with `shutdown` and refuses everything from now on. Once the I/O
  /// thread has ended, or on it.
  void close();

 private:
  /// What only the I/O thread knows of a link.
  struct Drive {
    TimePoint handshake_until = TimePoint::max();
    TimePoint gated_until = TimePoint::max();
    Batch in_hand;  // Taken from the outbox, and not sent yet.
    bool dialled = false;
    std::string last_words;  // Why it was lost, as it was logged.
  };

  void drive(PeerLink& link, Drive& drive, TimePoint now);
  /// `left`: the peer has said so itself.
  void lose(PeerLink& link, std::string_view words, bool left, TimePoint now);
  void dial(PeerLink& link, Drive& drive, TimePoint now);
  void send_mail(PeerLink& link, Drive& drive);
  void drop(PeerLink& link, Batch& batch, ErrorCode reason);
  [[nodiscard]] Drive& drive_of(const PeerLink& link);

  /// The peer, unless it was rejected.
  [[nodiscard]] RemotePeer* on_hello(const ConnectionId& from, const Hello& hello, TimePoint now);
  [[nodiscard]] Result<RemotePeer*> judge(const Hello& hello);
  void on_welcome(PeerLink& link, const Welcome& welcome, TimePoint now);
  [[nodiscard]] bool receive(RemotePeer& peer, const FrameMessage& message, TimePoint now);
  void refuse_frame(const Error& error, std::string_view from, TimePoint now);

  runtime::SystemCore& core_;
  const TransportSettings settings_;
  const Logger log_;
  PeerTable& table_;
  PendingAsks pending_;
  Reasons dropped_;
  InboundCounts counts_;
  Inbound inbound_;
  Tally frames_sent_;
  Tally frames_received_;
  Tally bytes_sent_;
  Tally bytes_received_;
  Tally connections_ended_;
  std::unique_ptr<LinkContext> context_;
  Carrier* carrier_ = nullptr;

  // I/O thread.
  std::vector<PeerLink*> links_;
  std::unordered_map<const PeerLink*, Drive> drives_;
  std::unordered_map<ConnectionId, RemotePeer*> connections_;
  std::unordered_map<std::string, ConnectionId> connection_of_;  // By address.
  TimePoint log_window_{};
  unsigned logged_in_window_ = 0;
};

}  // namespace troupe::transport
