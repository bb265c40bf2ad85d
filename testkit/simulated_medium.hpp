// SimulatedMedium: the connections of a simulated network, what is under way on them, and what is
// cut. It knows ports and frames; what a node is, it does not know.
//
// A connection behaves as ZeroMQ's over TCP do: it is there once packets go both ways, keeps its
// frames in order, and when it ends a random first part of what is under way still arrives. Who is
// cut off hears nothing.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <troupe/base/random.hpp>
#include <troupe/testkit/frame_stream.hpp>
#include <troupe/testkit/link_conditions.hpp>
#include <troupe/testkit/network_event.hpp>
#include <troupe/testkit/network_port.hpp>
#include <troupe/testkit/stepped_world.hpp>
#include <utility>
#include <vector>

namespace troupe::testkit {

/// For the thread that steps.
class SimulatedMedium final : public EventSource {
 public:
  /// `seed` decides all that chance decides; the newest `events_max` events are kept. The clock
  /// outlives it.
  SimulatedMedium(const Clock& clock, std::uint64_t seed, std::size_t events_max);

  /// A port that has a name may listen at one place, "host:port". The name stays with the place
  /// when the port is gone, so that cuts hold for the next one that listens there.
  void name_place(const std::string& place, const std::string& name);
  void listen(const std::string& place, NetworkPort& port);
  enum class Ending : std::uint8_t {
    orderly,  ///< What was sent arrives.
    crash,    ///< A random first part of it does.
  };
  /// The port is gone; its connections end.
  void remove(NetworkPort& port, Ending ending);

  // Conditions and cuts, by the names of ports. Those of all replace those of two; LinkConditions
  // are checked. A cut holds up what is under way. Ending one that there is not does nothing.

  void set_conditions(const LinkConditions& conditions);
  void set_conditions(const std::string& a, const std::string& b, const LinkConditions& conditions);
  void cut(const std::string& from, const std::string& to);
  void heal(const std::string& from, const std::string& to);
  /// Nothing arrives on the connections of this lane that these two have, until revive(), which
  /// ends all such deaths at once.
  void kill_silently(const std::string& a, const std::string& b, transport::Lane lane);
  void revive();

  /// New connections to what listens under this name are refused, or are never made, until show().
  enum class Hiding : std::uint8_t { refused, silent };
  void hide(const std::string& name, Hiding hiding);
  void show(const std::string& name);

  // Connections. One that cannot be made yet, for a cut or silent hiding, is made when that ends;
  // one to a place where nobody listens is refused: NetworkPort::on_refused(). Frames for a
  // connection that is gone are dropped. hang_up() ends those of one link without a call of
  // on_lost().

  /// Asks for a connection of this lane to whoever listens at `place`. One that cannot be made yet
  /// waits without a limit of time: giving up is for the dialler.
  void dial(NetworkPort& port, transport::PeerLink* link, transport::Lane lane,
            const std::string& place);
  /// Of all lanes of this link. A random first part of what is under way still arrives there.
  void hang_up(NetworkPort& port, transport::PeerLink* link);
  /// False when the connection is busy; then NetworkPort::on_writable() follows. False too, and
  /// nothing follows, when there is none.
  [[nodiscard]] bool send(NetworkPort& port, transport::PeerLink* link, transport::Lane lane,
                          std::span<const std::byte> frame);
  /// On a connection that another port has dialled. `busy`: NetworkPort::on_inbound_writable()
  /// follows.
  [[nodiscard]] transport::Carrier::Sent send_reverse(const transport::ConnectionId& connection,
                                                      std::span<const std::byte> frame);
  /// The same for what may be lost: LinkConditions::loss loses the frame alone, and the connection
  /// is never busy. False where there is none.
  bool answer(const transport::ConnectionId& connection, std::span<const std::byte> frame);

  /// Of the network and of its nodes: whoever draws changes what comes after.
  [[nodiscard]] Random& random() noexcept { return random_; }
  [[nodiscard]] const std::deque<NetworkEvent>& events() const noexcept { return events_; }

  // EventSource.
  [[nodiscard]] TimePoint next() const override;
  void advance(TimePoint now) override;

 private:
  using Way = std::pair<std::string, std::string>;  // From whom, to whom.
  struct Place {
    std::string name;
    NetworkPort* port = nullptr;  // Null: nobody listens.
  };
  struct Connection {
    std::uint64_t number;
    Way way;  // Of the dialler's frames.
    transport::Lane lane;
    std::string place;
    NetworkPort* dialler;  // Null once it has hung up or is gone.
    transport::PeerLink* link;
    NetworkPort* acceptor = nullptr;  // Null before the connection is made, and once it is gone.
    FrameStream forth = {};
    FrameStream back = {};
    bool is_made = false;
    bool is_dead = false;  // Silently, until revive().
    bool is_busy = false;
    bool is_back_busy = false;
  };

  [[nodiscard]] const LinkConditions& conditions(const Way& way) const;
  [[nodiscard]] bool is_cut(const Way& way) const { return cuts_.contains(way); }
  [[nodiscard]] Connection* find(const NetworkPort& port, const transport::PeerLink* link,
                                 transport::Lane lane);
  void make(Connection& connection);
  enum class Loss : std::uint8_t { ends_connection, passes };
  void transmit(Connection& connection, FrameStream& stream, std::span<const std::byte> frame,
                Loss loss);
  [[nodiscard]] Connection* find_accepted(const transport::ConnectionId& connection);
  void end(Connection& connection, FrameStream& stream, Ending ending);
  void deliver_forth(Connection& connection, FrameStream::Arrival arrival);
  void deliver_back(Connection& connection, FrameStream::Arrival arrival);
  void forget_finished();
  [[nodiscard]] TimePoint arrival_time(const LinkConditions& conditions);
  [[nodiscard]] bool happens(double chance) { return random_.unit() < chance; }
  void note(const Connection& connection, const FrameStream& stream, NetworkEvent::Kind kind);

  const Clock& clock_;
  Random random_;
  const std::size_t events_max_;
  std::map<std::string, Place> places_;
  LinkConditions usual_conditions_;
  std::map<Way, LinkConditions> conditions_;
  std::set<Way> cuts_;
  std::map<std::string, Hiding> hidden_;
  std::vector<std::unique_ptr<Connection>> connections_;  // In the order of dialling.
  std::uint64_t dialled_ = 0;
  std::deque<NetworkEvent> events_;
};

}  // namespace troupe::testkit
