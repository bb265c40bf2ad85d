#include <troupe/testkit/simulated_carrier.hpp>

#include <algorithm>
#include <troupe/transport/frame/shared_block.hpp>
#include <utility>

namespace troupe::testkit {

std::string place_of(const NodeAddress& address) {
  return address.host + ":" + std::to_string(address.port);
}

SimulatedCarrier::SimulatedCarrier(SimulatedMedium& medium, SteppedWorld& world,
                                   transport::Transport& transport)
    : medium_(medium), world_(world), transport_(transport) {
  medium_.listen(place_of(transport_.self().address), *this);
  world_.add(*this);
  transport_.open(*this);
}

SimulatedCarrier::~SimulatedCarrier() { close(SimulatedMedium::Ending::crash); }

void SimulatedCarrier::close(SimulatedMedium::Ending ending) {
  if (std::exchange(is_closed_, true)) return;
  medium_.remove(*this, ending);
  world_.remove(*this);
}

void SimulatedCarrier::dial(transport::PeerLink& link, transport::Lane lane,
                            const NodeAddress& address, const std::string& /*server_key*/) {
  medium_.dial(*this, &link, lane, place_of(address));
}

void SimulatedCarrier::hang_up(transport::PeerLink& link) { medium_.hang_up(*this, &link); }

bool SimulatedCarrier::send(transport::PeerLink& link, transport::Lane lane, wire::Writer& frame) {
  return medium_.send(*this, &link, lane, frame.bytes());
}

transport::Carrier::Sent SimulatedCarrier::send_reverse(const transport::ConnectionId& connection,
                                                        std::span<const std::byte> frame) {
  return medium_.send_reverse(connection, frame);
}

bool SimulatedCarrier::answer(const transport::ConnectionId& connection,
                              std::span<const std::byte> frame) {
  return medium_.answer(connection, frame);
}

const std::string& SimulatedCarrier::name() const noexcept {
  return transport_.self().address.name;
}

// As the ZeroMQ carrier does, each event is followed by advance(). What a view shows is gone when a
// paused node hears of it, so it is copied.

void SimulatedCarrier::happens(std::function<void()> event) {
  if (is_paused_) return held_.push_back(std::move(event));
  event();
  wake();
}

void SimulatedCarrier::on_frame(const transport::ConnectionId& from,
                                transport::ReceivedFrame frame) {
  if (is_paused_ && frame.owner == nullptr) {
    const auto copy = transport::shared_copy(frame.bytes);
    frame = {{copy.get(), frame.bytes.size()}, copy};
  }
  happens([this, from, frame = std::move(frame)] { transport_.on_frame(from, frame, now(), {}); });
}

void SimulatedCarrier::on_inbound_ended(const transport::ConnectionId& connection) {
  happens([this, connection] {
    transport_.on_connection_ended(connection, "its other end or the network has ended it");
  });
}

void SimulatedCarrier::on_answer(transport::PeerLink* link, std::span<const std::byte> frame) {
  if (!is_paused_) {
    transport_.on_answer(*link, frame, now());
    return wake();
  }
  const std::vector<std::byte> copy(frame.begin(), frame.end());
  happens([this, link, copy] { transport_.on_answer(*link, copy, now()); });
}

void SimulatedCarrier::on_lost(transport::PeerLink* link, std::string_view reason) {
  happens([this, link, reason = std::string(reason)] { transport_.on_lost(*link, reason, now()); });
}

void SimulatedCarrier::on_refused(transport::PeerLink* link, std::string_view reason) {
  happens([this, link, reason = std::string(reason)] {
    transport_.on_dial_refused(*link, reason, now());
  });
}

void SimulatedCarrier::on_writable(transport::PeerLink* link) {
  happens([this, link] { transport_.on_writable(*link, now()); });
}

void SimulatedCarrier::on_inbound_writable(const transport::ConnectionId& connection) {
  happens([this, connection] { transport_.on_writable(connection, now()); });
}

void SimulatedCarrier::pause(bool is_paused) {
  is_paused_ = is_paused;
  for (const auto& event : std::exchange(held_, {})) happens(event);
}

TimePoint SimulatedCarrier::next() const {
  if (is_paused_) return TimePoint::max();
  return awake_.load(std::memory_order_acquire) ? now() : transport_.next_deadline();
}

void SimulatedCarrier::advance(TimePoint now) {
  awake_.store(false, std::memory_order_release);
  transport_.advance(now);
}

}  // namespace troupe::testkit
