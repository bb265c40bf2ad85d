// What is said on a connection before anybody has answered it.
#include <gtest/gtest.h>
#include <deque>
#include <string>
#include <troupe/transport/transport.hpp>
#include <troupe/transport/zmq/zmq_options.hpp>
#include <troupe/transport/zmq/zmq_security.hpp>
#include <troupe/transport/zmq/zmq_sessions.hpp>
#include <zmq.hpp>

#include "bank.hpp"

namespace {

using namespace std::chrono_literals;
using namespace troupe::transport;

/// Carries what one node dials, in the test's own thread.
class OwnCarrier final : public Carrier {
 public:
  explicit OwnCarrier(const troupe::TransportSettings& settings)
      : sessions_(
            context_, security_, monitors_, poll_, settings,
            [](const std::string&) { return troupe::HostAddresses{.hosts = {"127.0.0.1"}}; },
            [this] { poll_.wake(); }) {}

  void dial(PeerLink& link, Lane lane, const troupe::NodeAddress& address,
            const std::string& server_key) override {
    sessions_.dial(link, lane, address, server_key, clock_->now());
    dialled = &link;
  }
  void hang_up(PeerLink& link) override { sessions_.hang_up(link); }
  bool send(PeerLink& link, Lane lane, troupe::wire::Writer& frame) override {
    return sessions_.send(link, lane, frame);
  }
  Sent send_reverse(const ConnectionId&, std::span<const std::byte>) override { return Sent::gone; }
  bool answer(const ConnectionId&, std::span<const std::byte>) override { return false; }
  void wake() noexcept override {}

  /// Waits for something to happen, and does what there is to do.
  void serve(Transport& transport) {
    std::vector<EventPoll::Source> ready;
    if (!sessions_.has_more()) poll_.wait(10, ready);
    for (const EventPoll::Source source : ready) sessions_.touch(source);
    static_cast<void>(sessions_.take_answers(transport, *clock_));
    static_cast<void>(sessions_.take_outcomes(transport, clock_->now()));
    transport.advance(clock_->now());
    sessions_.free_hung_up();
  }
  void end() { sessions_.end(0); }

  PeerLink* dialled = nullptr;

 private:
  const std::shared_ptr<const troupe::Clock> clock_ = troupe::real_platform().clock;
  const KeyRing keys_{troupe::SecuritySettings{}};
  zmq::context_t context_;
  ZmqSecurity security_{context_, keys_};
  ConnectionMonitors monitors_{context_.handle()};
  EventPoll poll_;
  ZmqSessions sessions_;
};

TEST(DialledSessions, KeepWhatIsSaidUntilSomebodyAnswersInItsOrder) {
  zmq::context_t context;
  zmq::socket_t listener(context, zmq::socket_type::router);
  listener.set(zmq::sockopt::linger, 0);
  listener.set(zmq::sockopt::rcvtimeo, 0);
  listener.bind("tcp://127.0.0.1:*");
  const std::string endpoint = listener.get(zmq::sockopt::last_endpoint);
  const auto port = static_cast<std::uint16_t>(std::stoi(endpoint.substr(endpoint.rfind(':') + 1)));
  const troupe::TransportSettings settings;
  OwnCarrier carrier(settings);
  troupe::ActorSystem system("dialler", {.workers = 1});
  const KeyRing keys{troupe::SecuritySettings{}};
  Transport transport(system.core(), {{"dialler", "127.0.0.1", 1}, 7}, settings, keys);
  transport.open(carrier);
  const troupe::ActorPath path{{"peer", "some-host", port}, "/user/account"};
  troupe::ActorRef<bank::Account::Protocol>(transport.select(path).value()).tell(bank::Deposit{1});
  while (carrier.dialled == nullptr) carrier.serve(transport);

  // The hello was the first.
  const std::string letters = "abcdefghijklmnopqrstuvwxyz";
  std::string sent;
  while (sent.size() < letters.size()) {
    troupe::wire::Writer frame;
    frame.write(std::as_bytes(std::span(&letters[sent.size()], 1)));
    if (!carrier.send(*carrier.dialled, Lane::control, frame)) {
      EXPECT_EQ(frame.size(), 1U) << "what is refused stays";
      break;
    }
    sent += letters[sent.size()];
  }
  EXPECT_EQ(sent.size(), static_cast<std::size_t>(frames_in_flight_max) - 1);

  std::deque<std::string> received;
  const auto end = std::chrono::steady_clock::now() + 10s;
  while (received.size() < sent.size() + 1 && std::chrono::steady_clock::now() < end) {
    carrier.serve(transport);
    zmq::message_t part;
    while (listener.recv(part, zmq::recv_flags::none)) {
      if (!part.more()) received.push_back(part.to_string());
    }
  }
  ASSERT_EQ(received.size(), sent.size() + 1);
  EXPECT_TRUE(received.front().starts_with("TRP"));
  received.pop_front();
  for (const char letter : sent) {
    EXPECT_EQ(received.front(), std::string(1, letter));
    received.pop_front();
  }
  carrier.end();
  static_cast<void>(transport.close());
}

}  // namespace
