// Transport: the links of one node, driven by a carrier: it puts the parts of the rooms together,
// and takes events to them. It has no thread, no socket and no clock of its own, and decides
// nothing.
//
// A link carries this node's messages to one address, on connections that this node dials; answers
// come on the connections that the other node dials. A session, with a connection for each lane,
// begins with a hello on the control lane; until the other side's welcome says which incarnation it
// is, messages wait.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <troupe/transport/handshakes/handshake_parts.hpp>
#include <vector>

namespace troupe::transport {

class Transport final : private SessionEvents, private LivenessEvents, private NewcomerEvents {
 public:
  /// `self` is what others are told. The carrier is used from open() on. The keys outlive this.
  Transport(runtime::LocalActors actors, NodeIdentity self, TransportSettings settings,
            const KeyRing& keys);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  // Any thread.

  /// Before the first event.
  void open(Carrier& carrier);

  /// The actor at a path of another node's. Errors: `limit_reached`, `shutdown`.
  [[nodiscard]] Result<AnyRef> select(const ActorPath& path);

  /// The actor with this id, not 0, in this life of another node. `path` is the one that it has
  /// there, for AnyRef::path(); empty where it is not known. Errors: `limit_reached`, `shutdown`.
  [[nodiscard]] Result<AnyRef> actor_of(const NodeIdentity& life, runtime::ActorId actor,
                                        std::string_view path) {
    return node_.table.actor_of(life, actor, path);
  }

  /// Declares one life of the node at this address down, for good: it is refused from then on,
  /// whether it was met before or not, and whichever life is there now. Takes effect soon.
  void declare_down(const NodeAddress& address, std::uint64_t incarnation);
  /// The same for the life that is known there at this moment; where none is, what is sent there
  /// and waits to be answered for the first time is given up. Of a life that the cluster's port
  /// decides on, either is a report to that.
  void declare_down(const NodeAddress& address);

  /// Has advance() called soon.
  void wake() noexcept { node_.carrier->wake(); }

  [[nodiscard]] TransportCounts counts() const;
  /// The books of each link.
  [[nodiscard]] std::vector<LinkCounts> links() const;
  [[nodiscard]] const NodeIdentity& self() const noexcept { return node_.table.self(); }
  [[nodiscard]] const runtime::LocalActors& actors() const noexcept { return node_.actors; }
  /// TransportSettings::cluster.
  [[nodiscard]] const std::string& cluster_name() const noexcept { return node_.settings.cluster; }

  // The cluster's. I/O thread, where nothing else is said.

  /// From now on the port decides which members are down; null: nobody. It outlives its place here.
  /// Any thread, while nothing happens on the links: before the first event, or after the last.
  void attach(ClusterPort* port) noexcept { reception_.reports.attach(port); }
  /// Tells the port of whoever is at this address. The node there is dialled if need be; meanwhile
  /// the newest messages wait, as far as ClusterOutbox has room, and what cannot be sent is
  /// counted.
  void send_to_cluster(const NodeAddress& to, std::span<const std::byte> message) {
    reception_.cluster_mail.push(to, message);
  }
  /// A member's life is over, and nobody here is to depend on it any more. Takes effect soon.
  void end_member(const NodeIdentity& life, std::string_view reason, bool has_left);
  /// This node is down for its cluster: once what send_to_cluster() was given has been sent where a
  /// connection is open, nothing is sent or taken any more, as after close(). The connections end
  /// once that has left, within the linger, or a handshake_timeout where that is shorter.
  void condemn() noexcept;
  /// Of send_to_cluster(), so far. Any thread.
  [[nodiscard]] std::uint64_t cluster_messages_dropped() const noexcept {
    return reception_.cluster_mail.dropped();
  }

  // I/O thread: events.

  /// A frame on a connection that another node has made; it holds `key` where links are secured.
  void on_frame(const ConnectionId& from, const ReceivedFrame& frame, TimePoint now,
                std::string_view key);
  /// A frame on a connection that this node has dialled.
  void on_answer(PeerLink& link, std::span<const std::byte> frame, TimePoint now);
  /// A connection of the link's is not busy any more.
  void on_writable(PeerLink& link, TimePoint now);
  /// A connection that another node has made is not busy any more.
  void on_writable(const ConnectionId& connection, TimePoint now);
  /// A connection of the link's could not be made, or has ended.
  void on_lost(PeerLink& link, std::string_view reason, TimePoint now);
  /// The same, as each address of its node has answered that nobody listens there.
  void on_dial_refused(PeerLink& link, std::string_view reason, TimePoint now);
  /// A connection of the link's could not be made because this process lacks something. That says
  /// nothing of the peer, which is not declared down for it.
  void on_own_lack(PeerLink& link, std::string_view reason, TimePoint now);
  /// Somebody connected who does not speak as nodes do.
  void on_stranger(std::string_view reason, TimePoint now);
  /// The other end of a connection of the link's hung up before it said anything that counts: it is
  /// no node, or has another key than was dialled with.
  void on_greeting_refused(PeerLink& link, TimePoint now);
  /// The other end of a connection of the link's does not trust this node's key.
  void on_own_key_refused(PeerLink& link, TimePoint now);
  /// Somebody connected who may not; `reason` says why, and what to do.
  void on_refused(std::string_view who, std::string_view reason, TimePoint now);
  /// For now, nobody can connect to this node.
  void on_listener_lost(std::string_view reason);
  /// A connection of another's has ended; `connection` is empty where its name is not known.
  /// `reason`: what is known of the cause, which lives as long as the process; empty where it was
  /// told before.
  void on_connection_ended(const ConnectionId& connection, std::string_view reason);
  /// It had never said a valid hello. `reason`: what may have ended it, where nobody was told.
  void on_unproven_ended(std::string_view reason, TimePoint now);
  /// So many connections of others were ended, or not accepted, by this node.
  void on_hung_up(std::size_t count, std::string_view reason, TimePoint now);
  /// A connection that was dialled for this link is of no use, and is to be ended.
  void on_hung_up(PeerLink& link, std::string_view reason, TimePoint now);

  /// Does what is due: dials, sends, ends what has had its time. After every wake() and event.
  void advance(TimePoint now);
  /// When advance() must be called at the latest.
  [[nodiscard]] TimePoint next_deadline() const;
  /// True when nothing more can be sent: for an orderly end.
  [[nodiscard]] bool is_drained();
  /// Tells those who are connected that this node stops, so that they need not find out.
  void say_goodbye();

  /// Fails what is under way with `shutdown` and refuses everything from now on. Returns how many
  /// messages had not been sent; again, too. Once the I/O thread has ended, or on it.
  std::uint64_t close();

 private:
  void drive_ready(TimePoint now);
  void send_cluster_mail(TimePoint now);
  void close_if_condemned();
  void tell_of_room();
  void count_links(TransportCounts& counts) const;

  // What one part tells another that comes after it.
  void on_holds(PeerLink& link, const Holds& holds, TimePoint now) override;
  void on_farewell(RemotePeer& peer, std::string_view text) override;
  void on_namesake(const RemotePeer& peer, std::string_view process, TimePoint now) override;
  void on_impossible(RemotePeer& peer, const std::string& what, TimePoint now) override;
  void on_given_up(PeerLink& link, std::string_view reason) override;
  void on_admitted(const Newcomer& newcomer, TimePoint now) override;

  NodeContext node_;
  ReceptionParts reception_;
  SessionParts sessions_;
  LifeParts lives_;
  HandshakeParts handshakes_;
  std::unique_ptr<LinkContext> context_;  // Since open().
  std::vector<PeerLink*> to_look_at_;
  std::vector<PeerTarget*> with_room_;
  Tally frames_received_;
  Tally bytes_received_;
  bool closes_soon_ = false;
  std::uint64_t unsent_ = 0;  // By close(), so far.
};

}  // namespace troupe::transport
