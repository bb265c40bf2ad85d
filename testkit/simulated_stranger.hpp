// SimulatedStranger: somebody on a simulated network who is no node, connects to one and says what
// it likes: for tests of what comes of bytes that are not ours.
#pragma once

#include <string>
#include <troupe/testkit/simulated_medium.hpp>
#include <troupe/testkit/simulated_network.hpp>
#include <vector>

namespace troupe::testkit {

/// For the thread that steps. Ends before the network does. Cuts, and conditions that were set for
/// two nodes, do not reach it; hiding, and conditions that were set for all, do.
///
///   SimulatedStranger stranger(network, blue);
///   stranger.say(std::as_bytes(std::span("GET / HTTP/1.1")));
///   network.run_for(10ms);
///   EXPECT_EQ(blue.link_counts().refused(ErrorCode::malformed), 1U);
class SimulatedStranger final : public NetworkPort {
 public:
  /// Connects to the node, which hears of it with the first frame.
  SimulatedStranger(SimulatedNetwork& network, const SimulatedNode& node);
  ~SimulatedStranger();
  SimulatedStranger(const SimulatedStranger&) = delete;
  SimulatedStranger& operator=(const SimulatedStranger&) = delete;

  /// Sends one frame, on the control lane. Nothing where the connection is busy, past
  /// LinkConditions::frames_in_flight_max, or has ended.
  void say(std::span<const std::byte> frame);
  /// The frames that came back, oldest first.
  [[nodiscard]] const std::vector<std::string>& answers() const noexcept { return answers_; }
  /// Whether the connection has ended, or was refused.
  [[nodiscard]] bool is_lost() const noexcept { return is_lost_; }

  // NetworkPort.
  [[nodiscard]] const std::string& name() const noexcept override { return name_; }
  void on_frame(const transport::ConnectionId& /*from*/,
                transport::ReceivedFrame /*frame*/) override {}
  void on_inbound_ended(const transport::ConnectionId& /*connection*/) override {}
  void on_answer(transport::PeerLink* /*link*/, std::span<const std::byte> frame) override;
  void on_lost(transport::PeerLink* /*link*/, std::string_view /*reason*/) override {
    is_lost_ = true;
  }
  void on_refused(transport::PeerLink* /*link*/, std::string_view /*reason*/) override {
    is_lost_ = true;
  }
  void on_writable(transport::PeerLink* /*link*/) override {}

 private:
  SimulatedMedium& medium_;
  const std::string name_ = "stranger";
  std::vector<std::string> answers_;
  bool is_lost_ = false;
};

}  // namespace troupe::testkit
