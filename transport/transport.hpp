// Transport: the links of one node, driven by a carrier: handshakes, frames in and out, heartbeats,
// losses, deadlines. It has no thread, no socket and no clock of its own.
//
// A link carries this node's messages to one address, on connections that this node dials; answers
// come on the connections that the other node dials. A session, with a connection for each lane,
// begins with a hello on the control lane; until the other side's welcome says which incarnation it
// is, messages wait.
#pragma once

#include <chrono>
#include <memory>
#include <troupe/transport/liveness/pause_detector.hpp>
#include <troupe/transport/lives/loss_notices.hpp>
#include <troupe/transport/peer/peer_table.hpp>
#include <troupe/transport/reception/connection_ends.hpp>
#include <troupe/transport/reception/reception.hpp>
#include <troupe/transport/sending/undelivered_messages.hpp>
#include <troupe/transport/sessions/link_mail.hpp>
#include <troupe/transport/sessions/link_timers.hpp>
#include <troupe/transport/transport_settings.hpp>
#include <vector>

namespace troupe::transport {

class Transport final : private SessionEvents {
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

  /// Declares one life of the node at this address down, for good: it is refused from then on,
  /// whether it was met before or not, and whichever life is there now. Takes effect soon.
  void declare_down(const NodeAddress& address, std::uint64_t incarnation);
  /// The same for the life that is known there at this moment; where none is, what is sent there
  /// and waits to be answered for the first time is given up.
  void declare_down(const NodeAddress& address);

  [[nodiscard]] TransportCounts counts() const;
  /// The books of each link.
  [[nodiscard]] std::vector<LinkCounts> links() const;
  [[nodiscard]] const NodeIdentity& self() const noexcept { return table_.self(); }
  [[nodiscard]] const runtime::LocalActors& actors() const noexcept { return actors_; }

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
  /// messages had not been sent. Once the I/O thread has ended, or on it.
  std::uint64_t close();

 private:
  void count_what_lives(TransportCounts& counts) const;
  // Links, in transport_links.cpp and transport_liveness.cpp.
  void drive(PeerLink& link, TimePoint now);
  void check_liveness(PeerLink& link, TimePoint now);
  void take_progress(PeerLink& link, const Progress& progress, TimePoint now);
  void check_lane_progress(PeerLink& link, const Arrived& arrived, TimePoint now);
  void dial(PeerLink& link, TimePoint now);
  void connect(PeerLink& link, TimePoint now);
  void lose(PeerLink& link, std::string_view reason, TimePoint now);
  [[nodiscard]] bool is_new_reason(const PeerLink& link, std::string_view reason, TimePoint now);
  void end_connections(PeerLink& link);
  void end_session(PeerLink& link, ErrorCode code, std::string_view reason);
  void discount_local_pause(TimePoint now);

  // Reverse sessions, in transport_reverse.cpp.
  [[nodiscard]] RemotePeer* reverse_peer(const PeerLink& link) const;
  void limit_dial(PeerLink& link, TimePoint now);
  [[nodiscard]] static bool is_dialling(const PeerLink& link);
  void dial_anew(PeerLink& link, TimePoint now);
  void on_dial_failed(PeerLink& link, std::string_view reason, TimePoint now);
  [[nodiscard]] bool go_reverse(PeerLink& link, std::string_view reason, TimePoint now);
  void do_without_dial(PeerLink& link, std::string_view reason, TimePoint now);
  static void note_dialled(PeerLink& link) noexcept;
  void end_reverse(PeerLink& link, const RemotePeer& peer, std::string_view reason, TimePoint now);
  void on_reverse_answer(const ConnectionId& from, std::span<const std::byte> frame, TimePoint now,
                         std::string_view key);
  void on_reverse_frame(PeerLink& link, Lane lane, std::span<const std::byte> frame, TimePoint now);
  [[nodiscard]] bool may_begin_on(const ConnectionId& from, const RemotePeer& peer) const;
  [[nodiscard]] bool is_overtaken(const ConnectionId& from, const RemotePeer& peer) const;
  void on_reverse_session(PeerLink& link, const Hello& hello, TimePoint now);
  void forget_own_connections(PeerLink& link);
  void note_dialled_by(const RemotePeer& peer, const ConnectionId& from, TimePoint now);

  // The way back from these, in transport_return.cpp.
  void plan_try(PeerLink& link, TimePoint now);
  void try_dialling(PeerLink& link, TimePoint now);
  bool end_try(PeerLink& link);
  [[nodiscard]] bool fail_try(PeerLink& link, TimePoint now);
  void on_try_answered(PeerLink& link, std::span<const std::byte> frame, TimePoint now);
  void note_dialable(PeerLink& link, TimePoint now);
  void return_to_dialling(PeerLink& link, TimePoint now);

  // Lives, in transport_lives.cpp.
  void order_down(NodeIdentity life);
  void apply_down_orders();
  [[nodiscard]] PeerEpoch life_of(const PeerLink& link) const;
  void meet(PeerLink& link, const PeerEpoch& life, TimePoint now);
  void leave_session(PeerLink& link, std::string_view reason, TimePoint now);
  bool end_life(PeerLink& link, const PeerEpoch& life, std::string_view reason,
                EndedLives::Cause cause);
  void tell_of_end(const NodeIdentity& life, std::string_view reason, EndedLives::Cause cause);
  void bury(PeerLink& link, const PeerEpoch& life, EndedLives::Cause cause);
  void dismiss(RemotePeer& peer);
  [[nodiscard]] bool is_leaving(const NodeIdentity& life, std::uint64_t session) const;
  void declare_down(PeerLink& link, std::string_view reason, EndedLives::Cause cause);
  void give_up(PeerLink& link, std::string_view reason);
  void refuse_long_system(PeerLink& link);
  void leave_children(PeerLink& link);

  // Epochs, in transport_epochs.cpp.
  [[nodiscard]] bool ends_for_good(const PeerLink& link, const PeerEpoch& life,
                                   EndedLives::Cause cause) const;
  [[nodiscard]] bool begin_epoch(PeerLink& link, const PeerEpoch& next, TimePoint now);
  [[nodiscard]] bool agree_on_epoch(PeerLink& link, const Welcome& welcome, TimePoint now);
  [[nodiscard]] std::optional<PeerEpoch> epoch_behind(PeerLink& real, const Welcome& welcome,
                                                      TimePoint now);
  void tell_of_return(const PeerLink& link, std::uint64_t incarnation, TimePoint now);

  // Aliases, in transport_alias.cpp.
  void find_alias(PeerLink& link, const NodeAddress& address, const Welcome& welcome,
                  TimePoint now);
  void merge_into(PeerLink& alias, PeerLink& real, TimePoint now);

  // Two processes with one name, in transport_clash.cpp.
  [[nodiscard]] PeerLink* find_clash(const NodeIdentity& life, TimePoint now);
  [[nodiscard]] std::optional<std::string> find_clash(PeerLink& link, const Welcome& welcome,
                                                      TimePoint now);
  [[nodiscard]] bool keeps_name_from(const PeerLink& link, std::uint64_t incarnation,
                                     TimePoint now) const;
  [[nodiscard]] static bool has_session(const PeerLink& link);
  [[nodiscard]] static const RemotePeer* connected_life(const PeerLink& link);
  void hold_hello(PeerLink& link, Newcomer newcomer, TimePoint now);
  void withdraw_hello(const ConnectionId& connection);
  void resolve_clash(PeerLink& link, TimePoint now);
  void settle_clash(PeerLink& link, NameClash::Verdict verdict, TimePoint now);
  void resume_clash(PeerLink& link, TimePoint now);
  void end_clash(PeerLink& link);
  void refuse_newcomer(PeerLink& link, const Newcomer& newcomer, TimePoint now);
  void tell_of_namesake(PeerLink& link, const std::string& other, TimePoint now);

  // What nobody needs, in transport_rest.cpp.
  void meet_new_links(TimePoint now);
  [[nodiscard]] Result<RemotePeer*> life_known(const NodeIdentity& life, std::uint64_t epoch,
                                               TimePoint now);
  [[nodiscard]] static RemotePeer* find_life(const PeerLink& link, const PeerEpoch& life);
  [[nodiscard]] static RemotePeer* find_newest(const PeerLink& link, std::uint64_t incarnation);
  [[nodiscard]] Duration rest_after_end() const;
  void look_at_paths(TimePoint now);
  void look_at_rest(PeerLink& link, TimePoint now);
  [[nodiscard]] bool forget_lives(PeerLink& link, TimePoint now, Duration silence);
  [[nodiscard]] bool may_forget(const RemotePeer& peer) const;
  void forget(PeerLink& link, RemotePeer& peer);
  [[nodiscard]] bool forget(PeerLink& link);
  void make_room(TimePoint now);
  void look_at_crowd(TimePoint now);
  [[nodiscard]] bool give_way(PeerLink& link);
  void detach_parts(PeerLink& link);
  void forget_strangers(TimePoint now);

  // Keys, in transport_security.cpp.
  [[nodiscard]] std::vector<std::string> keys_to_try(const PeerLink& link) const;
  void follow_keys(TimePoint now);
  void on_distrusted(const ConnectionId& from, std::string_view key, TimePoint now);

  // Handshakes, in transport_handshake.cpp.
  void on_stranger_frame(const ConnectionId& from, FrameReader& reader,
                         std::span<const std::byte> frame, std::string_view key, TimePoint now);
  void on_hello(const ConnectionId& from, Lane lane, const Hello& hello,
                std::span<const std::byte> frame, std::string_view key, TimePoint now);
  void take_hello(const ConnectionId& from, Lane lane, const Hello& hello, const ValidHello& valid,
                  RemotePeer& peer, std::string_view key, TimePoint now);
  void begin_on(const ConnectionId& from, const Hello& hello, RemotePeer& peer,
                std::string_view key, TimePoint now);
  void welcome(const ConnectionId& to, const RemotePeer& peer, std::uint64_t session);
  void begin_session(RemotePeer& peer, std::uint64_t session);
  void take_answer(PeerLink& link, std::span<const std::byte> frame, TimePoint now);
  void on_welcome(PeerLink& link, const Welcome& welcome, TimePoint now);
  void become_reachable(PeerLink& link, TimePoint now);
  void take_welcome(PeerLink& link, const PeerEpoch& life, const Received& received);
  void on_rejected(PeerLink& link, const Rejected& rejected, TimePoint now);
  void on_own_end(PeerLink& link, std::uint64_t by, const std::string& text);
  void recall_lost(PeerLink& link);
  void refuse_life(const ConnectionId& from, const std::string& life, TimePoint now);

  // Connections of others that have ended, in transport_connections.cpp.
  void note_hung_up(RemotePeer& peer);

  // What comes in, in transport_frames.cpp.
  void take_from(const ConnectionId& from, const ReceivedFrame& frame, TimePoint now,
                 std::string_view key);

  // SessionEvents.
  void on_holds(PeerLink& link, const Holds& holds, TimePoint now) override;
  void on_farewell(RemotePeer& peer, std::string_view text) override;
  void on_namesake(const RemotePeer& peer, std::string_view process, TimePoint now) override;
  void on_impossible(RemotePeer& peer, const std::string& what, TimePoint now) override;

  const runtime::LocalActors actors_;
  const TransportSettings settings_;
  const KeyRing& keys_;
  InboundCounts counts_;
  LinkLog log_;
  PeerTable& table_;
  PendingAsks pending_;
  Inbound inbound_;
  UndeliveredMessages undelivered_{actors_, pending_};
  OwnConnections own_connections_;
  FrameSender sender_{own_connections_};
  TypeExchange types_{actors_, settings_, log_, sender_};
  HoldNotices holds_{settings_, counts_, sender_};
  Reception reception_{
      {actors_, settings_, table_, inbound_, types_, holds_, sender_, log_, *this}};
  Tally frames_received_;
  Tally bytes_received_;
  Tally late_frames_;
  Tally lives_ended_;
  Tally lives_returned_;
  Tally name_clashes_;
  Tally lives_now_;
  Tally lives_gone_;
  Tally links_gave_way_;
  Tally dials_lacking_;
  Tally return_tries_;
  Tally returns_;
  Tally own_pauses_;
  Tally lanes_stalled_;
  EndedLives ended_;
  PairEpochs epochs_;
  const Handshake handshake_{table_.self(), settings_, keys_, ended_, epochs_};
  SessionOpener opener_{{table_.self(), settings_, epochs_, handshake_, types_, sender_}};
  LinkMail mail_{settings_, sender_, opener_};
  std::unique_ptr<LinkContext> context_;
  Carrier* carrier_ = nullptr;
  std::mutex orders_mutex_;
  std::vector<NodeIdentity> down_orders_;

  // I/O thread.
  std::vector<PeerLink*> links_;
  std::vector<PeerLink*> to_look_at_;
  std::vector<PeerTarget*> with_room_;
  LinkTimers timers_{settings_};
  PeerConnections connections_;
  ConnectionEnds connection_ends_{settings_, connections_, log_};
  std::unordered_map<ConnectionId, PeerLink*> held_hellos_;  // By the connections of newcomers.
  TimePoint no_room_until_{};                                // Nothing could be forgotten.
  TimePoint paths_at_ = TimePoint::max();  // When it is looked which of them are not used.
  TimePoint crowd_at_ = TimePoint::max();  // When links are to give way; for now, none.
  LossNotices losses_;
  PauseDetector pauses_;
  std::uint64_t keys_version_ = 0;  // That the links were held to last.
};

}  // namespace troupe::transport
