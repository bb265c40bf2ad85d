// NameDisputes: two processes with one name and address: a newcomer's hello waits until it is known
// whether the life that is connected is alive, and both hear of each other. Which of the two goes
// on is decided by NameClash.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <troupe/transport/sessions/key_trust.hpp>
#include <troupe/transport/sessions/link_mail.hpp>

namespace troupe::transport {

/// What becomes of newcomers, and is done elsewhere. I/O thread.
class NewcomerEvents {
 public:
  NewcomerEvents() = default;
  NewcomerEvents(const NewcomerEvents&) = delete;
  NewcomerEvents& operator=(const NewcomerEvents&) = delete;

  /// The newcomer is the next life of its node: its hello is to be read again.
  virtual void on_admitted(const Newcomer& newcomer, TimePoint now) = 0;

 protected:
  ~NewcomerEvents() = default;
};

/// I/O thread, but for the counts. What it is made with outlives it.
class NameDisputes {
 public:
  /// What is known of the connected life, what asks it, and who hears of the other.
  struct Parts {
    const TransportSettings& settings;
    const PeerTable& table;
    const NodeCarrier& carrier;
    PeerConnections& connections;
    HeldHellos& held_hellos;
    FrameSender& sender;
    LinkMail& mail;
    LinkTimers& timers;
    SessionEnds& ends;
    ReverseSessions& reverse;
    KeyTrust& trust;
    InboundCounts& counts;
    LinkLog& log;
    NewcomerEvents& events;
  };

  explicit NameDisputes(const Parts& parts) noexcept : parts_(parts) {}

  /// The link of the node that this life says it is, where another life of it is connected; else
  /// null. The hello is to be held then.
  [[nodiscard]] PeerLink* find(const NodeIdentity& life, TimePoint now) const;
  /// Why what answers at the link's address is not taken for its node: another process is connected
  /// by that name and address. None where none is.
  [[nodiscard]] std::optional<std::string> refuse(PeerLink& link, const Welcome& welcome,
                                                  TimePoint now);

  /// The hello waits until the life that is connected has shown that it lives, or not. Where only
  /// that has dialled, a session on its own connections is begun, to ask it. False where it does
  /// not wait: its connection has ended, or another waits already.
  [[nodiscard]] bool hold(PeerLink& link, Newcomer newcomer, TimePoint now);
  /// Decides where a newcomer has waited for long enough.
  void look_at(PeerLink& link, TimePoint now);
  /// The connected life has answered this heartbeat.
  void on_answered(PeerLink& link, std::uint64_t heartbeat, TimePoint now);
  /// A session with it has begun: it is asked and told what it could not be before.
  void on_session(PeerLink& link, TimePoint now);
  /// It is over, or has no connection any more.
  void on_gone(PeerLink& link);

  /// A peer has refused another process that has this node's name and address.
  void on_namesake(const RemotePeer& peer, std::string_view process, TimePoint now);

  /// Adds its own. Any thread.
  void count(TransportCounts& counts) const { counts.name_clashes = clashes_.get(); }

 private:
  void settle(PeerLink& link, NameClash::Verdict verdict, TimePoint now);
  void refuse(PeerLink& link, const Newcomer& newcomer, TimePoint now);
  void tell_of_namesake(PeerLink& link, const std::string& other, TimePoint now);

  const Parts parts_;
  Tally clashes_;
};

}  // namespace troupe::transport
