// SimulatedCarrier: carries the frames of one node's transport over a simulated network, from the
// node's start to its end.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <troupe/testkit/network_port.hpp>
#include <troupe/testkit/simulated_medium.hpp>
#include <troupe/testkit/stepped_world.hpp>
#include <troupe/transport/transport.hpp>
#include <vector>

namespace troupe::testkit {

/// For the thread that steps; wake() for any.
class SimulatedCarrier final : public transport::Carrier, public NetworkPort, public EventSource {
 public:
  /// Listens at the transport's address, and drives the transport until it ends.
  SimulatedCarrier(SimulatedMedium& medium, SteppedWorld& world, transport::Transport& transport);
  ~SimulatedCarrier() override;
  SimulatedCarrier(const SimulatedCarrier&) = delete;
  SimulatedCarrier& operator=(const SimulatedCarrier&) = delete;

  /// Ends all connections. Once; nothing comes or goes from then on.
  void close(SimulatedMedium::Ending ending);

  /// From now on the transport hears of nothing, as if its machine stood still, or of all that has
  /// come meanwhile, in order.
  void pause(bool is_paused);

  // Carrier. Keys are of no account here. wake() has Transport::advance() called at the present
  // time, by the thread that steps.
  void dial(transport::PeerLink& link, transport::Lane lane, const NodeAddress& address,
            const std::string& server_key) override;
  void hang_up(transport::PeerLink& link) override;
  [[nodiscard]] bool send(transport::PeerLink& link, transport::Lane lane,
                          wire::Writer& frame) override;
  [[nodiscard]] Sent send_reverse(const transport::ConnectionId& connection,
                                  std::span<const std::byte> frame) override;
  bool answer(const transport::ConnectionId& connection, std::span<const std::byte> frame) override;
  void wake() noexcept override { awake_.store(true, std::memory_order_release); }

  // NetworkPort.
  [[nodiscard]] const std::string& name() const noexcept override;
  void on_frame(const transport::ConnectionId& from, transport::ReceivedFrame frame) override;
  void on_inbound_ended(const transport::ConnectionId& connection) override;
  void on_answer(transport::PeerLink* link, std::span<const std::byte> frame) override;
  void on_lost(transport::PeerLink* link, std::string_view reason) override;
  void on_refused(transport::PeerLink* link, std::string_view reason) override;
  void on_writable(transport::PeerLink* link) override;
  void on_inbound_writable(const transport::ConnectionId& connection) override;

  // EventSource.
  [[nodiscard]] TimePoint next() const override;
  void advance(TimePoint now) override;

 private:
  [[nodiscard]] TimePoint now() const { return world_.clock().now(); }
  void happens(std::function<void()> event);

  SimulatedMedium& medium_;
  SteppedWorld& world_;
  transport::Transport& transport_;
  std::atomic<bool> awake_{false};
  bool is_closed_ = false;
  bool is_paused_ = false;
  std::vector<std::function<void()>> held_;  // What happened while it was paused.
};

/// Where a node with this address listens, "host:port".
[[nodiscard]] std::string place_of(const NodeAddress& address);

}  // namespace troupe::testkit
