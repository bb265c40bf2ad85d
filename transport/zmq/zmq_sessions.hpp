// ZmqSessions: the connections that this node has dialled: for each link a session, with a DEALER
// for each lane, at the address that has answered.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <troupe/transport/carrier.hpp>
#include <troupe/transport/connections/undelivered_bytes.hpp>
#include <troupe/transport/connections/zmq_monitor.hpp>
#include <troupe/transport/sockets/dialler.hpp>
#include <troupe/transport/sockets/event_poll.hpp>
#include <troupe/transport/transport_settings.hpp>
#include <unordered_map>
#include <vector>

namespace zmq {
class context_t;
}  // namespace zmq

namespace troupe::transport {

class Transport;
class ZmqSecurity;

/// The carrier's I/O thread, or before it runs. Everything that it is given outlives it.
class ZmqSessions {
 public:
  ZmqSessions(zmq::context_t& context, const ZmqSecurity& security, ConnectionMonitors& monitors,
              EventPoll& poll, const TransportSettings& settings, Resolver::LookUp look_up,
              std::function<void()> wake);
  ~ZmqSessions();

  // As in Carrier.
  void dial(PeerLink& link, Lane lane, const NodeAddress& address, const std::string& server_key,
            TimePoint now);
  void misled(PeerLink& link);
  void hang_up(PeerLink& link);
  /// See Carrier.
  void let_linger(Duration time) noexcept;
  [[nodiscard]] bool send(PeerLink& link, Lane lane, wire::Writer& frame);

  /// What the poll tells of has to be looked at, if it is there still.
  void touch(EventPoll::Source source);
  /// What was said on connections that were touched, and those that are not busy any more. True
  /// when there was anything.
  [[nodiscard]] bool take_answers(Transport& transport, const Clock& clock);
  /// What became of dials, and of connections that could not be made; those whose messages do not
  /// end are hung up on. True when there was anything.
  [[nodiscard]] bool take_outcomes(Transport& transport, TimePoint now);
  /// What became of a connection, after what was said on it before. Its end is told of a tenth of
  /// a second later, after what was said on the others: by take_outcomes().
  void take(Transport& transport, const ConnectionEvent& event, TimePoint now);
  /// Frees what was hung up on. Nobody may be in a function of this then.
  void free_hung_up();

  /// Whether take_answers() or take_outcomes() has something to do at once, or the monitors may.
  [[nodiscard]] bool has_more() const noexcept { return !touched_.empty() || !undialable_.empty(); }
  /// When take_outcomes() must be called at the latest.
  [[nodiscard]] TimePoint next_deadline() const;

  /// Ends all of them; what ZeroMQ still holds may leave for so long.
  void end(int linger_milliseconds);

 private:
  struct Dialled;
  struct Session;
  /// A connection that has ended, of a link that is not told of it yet.
  struct Ending {
    ConnectionEvent event;
    TimePoint at;
  };

  void touch(Dialled& dialled);
  [[nodiscard]] bool connect(PeerLink& link, Lane lane);
  [[nodiscard]] bool send(Dialled& dialled, wire::Writer& frame);
  [[nodiscard]] bool keep(const PeerLink& link, Lane lane, wire::Writer& frame);
  void take_outcome(Transport& transport, Dialler::Outcome outcome, TimePoint now);
  [[nodiscard]] bool take_answers_of(Dialled& dialled, Transport& transport, TimePoint now);
  [[nodiscard]] bool tell_ends(Transport& transport, TimePoint now);
  [[nodiscard]] TimePoint look_at() const;
  [[nodiscard]] bool look_at_undelivered(Transport& transport, TimePoint now);
  void begun(Dialled& dialled, int descriptor);
  void let_go(const Dialled& dialled);
  [[nodiscard]] Dialled* find(const PeerLink& link, Lane lane);

  zmq::context_t& context_;
  const ZmqSecurity& security_;
  ConnectionMonitors& monitors_;
  EventPoll& poll_;
  const TransportSettings settings_;
  Dialler dialler_;
  std::unordered_map<const PeerLink*, Session> sessions_;
  std::unordered_map<std::uint64_t, Dialled*> watched_;
  std::unordered_map<int, Dialled*> of_descriptors_;  // Whose connection is made.
  UndeliveredBytes undelivered_;
  std::size_t unanswered_ = 0;  // Control connections on which nothing has come yet.
  std::vector<Dialled*> touched_;
  std::deque<Ending> ending_;  // In the order of their times; one of each session at most.
  std::vector<std::unique_ptr<Dialled>> hung_up_;  // Until nobody holds a pointer to them.
  std::vector<PeerLink*> undialable_;              // Told of in the next round.
  int linger_milliseconds_ = 0;                    // Of what is hung up on.
};

}  // namespace troupe::transport
