#include <troupe/testkit/simulated_medium.hpp>

#include <algorithm>
#include <troupe/base/check.hpp>
#include <utility>

namespace troupe::testkit {
namespace {

void check(const LinkConditions& conditions) {
  TROUPE_CHECK(conditions.delay_min >= Duration::zero(), "no frame arrives before it is sent");
  TROUPE_CHECK(conditions.delay_max >= conditions.delay_min, "delay_max is at least delay_min");
  TROUPE_CHECK(conditions.frames_in_flight_max > 0, "a connection has room for at least a frame");
}

}  // namespace

using transport::Lane;
using transport::PeerLink;

SimulatedMedium::SimulatedMedium(const Clock& clock, std::uint64_t seed, std::size_t events_max)
    : clock_(clock), random_(seed), events_max_(events_max) {}

TimePoint SimulatedMedium::next() const {
  TimePoint next = TimePoint::max();
  for (const auto& connection : connections_) {
    next = std::min({next, connection->forth.next(), connection->back.next()});
  }
  return next;
}

/// In the order of time, and of dialling.
void SimulatedMedium::advance(TimePoint now) {
  while (true) {
    const TimePoint time = next();
    if (time > now) break;
    const auto found = std::ranges::find_if(connections_, [&](const auto& connection) {
      return connection->forth.next() == time || connection->back.next() == time;
    });
    Connection& connection = **found;  // Stays where it is: what follows may dial.
    if (connection.forth.next() == time) {
      deliver_forth(connection, connection.forth.take());
    } else {
      deliver_back(connection, connection.back.take());
    }
    forget_finished();
  }
}

void SimulatedMedium::deliver_forth(Connection& connection, FrameStream::Arrival arrival) {
  if (arrival.kind == FrameStream::Arrival::Kind::end) {
    NetworkPort* const acceptor = std::exchange(connection.acceptor, nullptr);
    if (acceptor == nullptr) return;
    note(connection, connection.forth, NetworkEvent::Kind::ended);
    return acceptor->on_inbound_ended(std::to_string(connection.number));
  }
  if (connection.acceptor != nullptr) {
    note(connection, connection.forth,
         arrival.kind == FrameStream::Arrival::Kind::frame ? NetworkEvent::Kind::arrived
                                                           : NetworkEvent::Kind::repeated);
    const auto owner = std::make_shared<const std::vector<std::byte>>(std::move(arrival.bytes));
    connection.acceptor->on_frame(std::to_string(connection.number), {*owner, owner});
  }
  if (connection.dialler == nullptr || !connection.is_busy) return;
  if (connection.forth.size() >= conditions(connection.way).frames_in_flight_max) return;
  connection.is_busy = false;
  connection.dialler->on_writable(connection.link);
}

void SimulatedMedium::deliver_back(Connection& connection, FrameStream::Arrival arrival) {
  if (connection.dialler == nullptr) return;
  if (arrival.kind == FrameStream::Arrival::Kind::end) {
    note(connection, connection.back,
         connection.forth.has_ended() ? NetworkEvent::Kind::ended : NetworkEvent::Kind::refused);
    NetworkPort* const dialler = std::exchange(connection.dialler, nullptr);
    if (connection.forth.has_ended()) {
      return dialler->on_lost(connection.link, "the connection has ended");
    }
    return dialler->on_refused(connection.link, "the connection was refused");
  }
  note(connection, connection.back,
       arrival.kind == FrameStream::Arrival::Kind::frame ? NetworkEvent::Kind::arrived
                                                         : NetworkEvent::Kind::repeated);
  connection.dialler->on_answer(connection.link, arrival.bytes);
  if (connection.acceptor == nullptr || !connection.is_back_busy) return;
  if (connection.back.size() >= conditions(connection.way).frames_in_flight_max) return;
  connection.is_back_busy = false;
  connection.acceptor->on_inbound_writable(std::to_string(connection.number));
}

void SimulatedMedium::name_place(const std::string& place, const std::string& name) {
  places_[place].name = name;
}

void SimulatedMedium::listen(const std::string& place, NetworkPort& port) {
  places_[place].port = &port;
}

void SimulatedMedium::remove(NetworkPort& port, Ending ending) {
  for (auto& [place, who] : places_) {
    if (who.port == &port) who.port = nullptr;
  }
  for (const auto& connection : connections_) {
    if (connection->dialler == &port) {
      connection->dialler = nullptr;
      end(*connection, connection->forth, ending);
    }
    if (connection->acceptor == &port) {
      connection->acceptor = nullptr;
      end(*connection, connection->back, ending);
      connection->forth.end(clock_.now());
    }
  }
  forget_finished();
}

void SimulatedMedium::set_conditions(const LinkConditions& conditions) {
  check(conditions);
  usual_conditions_ = conditions;
  conditions_.clear();
}

void SimulatedMedium::set_conditions(const std::string& a, const std::string& b,
                                     const LinkConditions& conditions) {
  check(conditions);
  conditions_[{a, b}] = conditions_[{b, a}] = conditions;
}

void SimulatedMedium::cut(const std::string& from, const std::string& to) {
  const Way way{from, to};
  cuts_.insert(way);
  for (const auto& connection : connections_) {
    if (connection->way == way) connection->forth.hold();
    if (connection->way == Way{to, from}) connection->back.hold();
  }
}

void SimulatedMedium::heal(const std::string& from, const std::string& to) {
  const Way way{from, to};
  if (cuts_.erase(way) == 0) return;
  const bool goes_on = happens(conditions(way).resumption);
  for (const auto& connection : connections_) {
    if (connection->way != way && connection->way != Way{to, from}) continue;
    if (!connection->is_made) {
      if (!connection->is_dead) make(*connection);
    } else {
      FrameStream& stream = connection->way == way ? connection->forth : connection->back;
      if (!goes_on) stream.silence();
      if (!connection->is_dead) stream.release(arrival_time(conditions(way)));
    }
  }
}

void SimulatedMedium::kill_silently(const std::string& a, const std::string& b, Lane lane) {
  for (const auto& connection : connections_) {
    if (connection->lane != lane) continue;
    if (connection->way != Way{a, b} && connection->way != Way{b, a}) continue;
    connection->is_dead = true;
    connection->forth.hold();
    connection->back.hold();
  }
}

void SimulatedMedium::revive() {
  for (const auto& connection : connections_) {
    if (!std::exchange(connection->is_dead, false)) continue;
    const Way way = connection->way;
    const Way opposite{way.second, way.first};
    if (!connection->is_made) {
      make(*connection);
      continue;
    }
    if (!is_cut(way)) connection->forth.release(arrival_time(conditions(way)));
    if (!is_cut(opposite)) connection->back.release(arrival_time(conditions(way)));
  }
}

void SimulatedMedium::hide(const std::string& name, Hiding hiding) { hidden_[name] = hiding; }

void SimulatedMedium::show(const std::string& name) {
  if (hidden_.erase(name) == 0) return;
  for (const auto& connection : connections_) {
    if (connection->is_made || connection->is_dead || connection->way.second != name) continue;
    make(*connection);
  }
}

void SimulatedMedium::dial(NetworkPort& port, PeerLink* link, Lane lane, const std::string& place) {
  const auto there = places_.find(place);
  connections_.push_back(std::make_unique<Connection>(
      Connection{.number = ++dialled_,
                 .way = {port.name(), there != places_.end() ? there->second.name : place},
                 .lane = lane,
                 .place = place,
                 .dialler = &port,
                 .link = link}));
  Connection& connection = *connections_.back();
  note(connection, connection.forth, NetworkEvent::Kind::dialled);
  connection.forth.hold();
  connection.back.hold();
  make(connection);
}

/// Connects both ends, if packets go both ways.
void SimulatedMedium::make(Connection& connection) {
  if (is_cut(connection.way) || is_cut({connection.way.second, connection.way.first})) return;
  const auto hidden = hidden_.find(connection.way.second);
  if (hidden != hidden_.end() && hidden->second == Hiding::silent) return;
  connection.is_made = true;
  const TimePoint at = arrival_time(conditions(connection.way));
  connection.forth.release(at);
  connection.back.release(at);
  const auto there = places_.find(connection.place);
  if (there != places_.end() && hidden == hidden_.end()) {
    connection.acceptor = there->second.port;
  }
  if (connection.acceptor == nullptr) connection.back.end(at);
}

void SimulatedMedium::hang_up(NetworkPort& port, PeerLink* link) {
  for (const auto& connection : connections_) {
    if (connection->dialler != &port || connection->link != link) continue;
    connection->dialler = nullptr;
    end(*connection, connection->forth, Ending::crash);
  }
}

void SimulatedMedium::end(Connection& connection, FrameStream& stream, Ending ending) {
  if (stream.has_ended()) return;
  if (ending == Ending::crash) stream.keep_first(random_.below(stream.size() + 1));
  stream.end(arrival_time(conditions(connection.way)));
}

bool SimulatedMedium::send(NetworkPort& port, PeerLink* link, Lane lane,
                           std::span<const std::byte> frame) {
  Connection* const connection = find(port, link, lane);
  if (connection == nullptr || connection->is_busy) return false;
  if (connection->forth.size() >= conditions(connection->way).frames_in_flight_max) {
    connection->is_busy = true;
    return false;
  }
  transmit(*connection, connection->forth, frame, Loss::ends_connection);
  return true;
}

bool SimulatedMedium::answer(const transport::ConnectionId& connection,
                             std::span<const std::byte> frame) {
  Connection* const known = find_accepted(connection);
  if (known == nullptr) return false;
  transmit(*known, known->back, frame, Loss::passes);
  return true;
}

transport::Carrier::Sent SimulatedMedium::send_reverse(const transport::ConnectionId& connection,
                                                       std::span<const std::byte> frame) {
  using Sent = transport::Carrier::Sent;
  Connection* const known = find_accepted(connection);
  if (known == nullptr) return Sent::gone;
  if (known->back.size() >= conditions(known->way).frames_in_flight_max) {
    known->is_back_busy = true;
    return Sent::busy;
  }
  transmit(*known, known->back, frame, Loss::ends_connection);
  return Sent::yes;
}

void SimulatedMedium::transmit(Connection& connection, FrameStream& stream,
                               std::span<const std::byte> frame, Loss loss) {
  if (stream.has_ended()) return;
  const LinkConditions& known = conditions(connection.way);
  if (happens(known.loss)) {
    note(connection, stream, NetworkEvent::Kind::lost);
    if (loss == Loss::passes) return;
    connection.forth.end(arrival_time(known));
    return connection.back.end(arrival_time(known));
  }
  stream.send(frame, arrival_time(known));
  if (!happens(known.duplication)) return;
  stream.repeat(frame, arrival_time(known) + (known.delay_max - known.delay_min));
}

const LinkConditions& SimulatedMedium::conditions(const Way& way) const {
  const auto known = conditions_.find(way);
  return known != conditions_.end() ? known->second : usual_conditions_;
}

SimulatedMedium::Connection* SimulatedMedium::find(const NetworkPort& port, const PeerLink* link,
                                                   Lane lane) {
  const auto known = std::ranges::find_if(connections_, [&](const auto& connection) {
    return connection->dialler == &port && connection->link == link && connection->lane == lane;
  });
  return known != connections_.end() ? known->get() : nullptr;
}

SimulatedMedium::Connection* SimulatedMedium::find_accepted(
    const transport::ConnectionId& connection) {
  const auto known = std::ranges::find_if(connections_, [&](const auto& one) {
    return one->acceptor != nullptr && std::to_string(one->number) == connection;
  });
  return known != connections_.end() ? known->get() : nullptr;
}

void SimulatedMedium::forget_finished() {
  std::erase_if(connections_, [](const auto& connection) {
    return connection->dialler == nullptr &&
           (connection->acceptor == nullptr || connection->forth.is_silent());
  });
}

TimePoint SimulatedMedium::arrival_time(const LinkConditions& conditions) {
  const auto spread =
      static_cast<std::uint64_t>((conditions.delay_max - conditions.delay_min).count());
  const std::uint64_t more = spread != 0 ? random_.below(spread + 1) : 0;
  return clock_.now() + conditions.delay_min + Duration(static_cast<Duration::rep>(more));
}

void SimulatedMedium::note(const Connection& connection, const FrameStream& stream,
                           NetworkEvent::Kind kind) {
  NetworkEvent event{.at = clock_.now(),
                     .connection = connection.number,
                     .lane = connection.lane,
                     .from = connection.way.first,
                     .to = connection.way.second,
                     .kind = kind};
  if (&stream == &connection.back) std::swap(event.from, event.to);
  events_.push_back(std::move(event));
  if (events_.size() > events_max_) events_.pop_front();
}

}  // namespace troupe::testkit
