#include <troupe/transport/zmq/zmq_carrier.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <deque>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>
#include <troupe/base/descriptors.hpp>
#include <troupe/base/spin_budget.hpp>
#include <troupe/transport/frame/shared_block.hpp>
#include <troupe/transport/sockets/io_role.hpp>
#include <troupe/transport/transport.hpp>
#include <troupe/transport/zmq/zmq_listener.hpp>
#include <troupe/transport/zmq/zmq_options.hpp>
#include <troupe/transport/zmq/zmq_security.hpp>
#include <troupe/transport/zmq/zmq_sessions.hpp>
#include <troupe/transport/zmq/zmq_threads.hpp>
#include <utility>
#include <vector>
#include <zmq.hpp>

namespace troupe::transport {
namespace {

/// Frames that are received before others are sent again.
constexpr unsigned frames_per_round = 8;
/// ZeroMQ's sockets in one node, which takes four for each peer; ZeroMQ knows no more than 65,535.
constexpr int sockets_max = 65'535;
/// Between two looks for room on busy connections of others'.
constexpr Duration retry_pause = std::chrono::milliseconds(2);
/// Of the listener, and of what guards it, the poll tells 0; dialled connections have lower numbers
/// than this, and dials have higher ones.
constexpr EventPoll::Source monitors_source = EventPoll::Source{1} << 61U;
/// What has to be free for a node to be made, and for its first peers.
constexpr std::size_t descriptors_needed = 29;

}  // namespace

/// The sockets and the thread. Everything here but the constructor and what IoRole says is for any
/// thread belongs to who has the role.
class ZmqCarrier::Sockets final : public IoRole {
 public:
  Sockets(std::unique_ptr<ListeningSocket> listening, const TransportSettings& settings,
          const KeyRing& keys, Resolver::LookUp look_up);

  /// Throws std::system_error.
  void start(Transport& transport, const Clock& clock, Duration busy_poll_max);
  void stop(Duration linger);
  [[nodiscard]] ZmqSessions& sessions() noexcept { return sessions_; }
  [[nodiscard]] TimePoint now() const { return clock_->now(); }
  [[nodiscard]] Sent send_to(const ConnectionId& connection, std::span<const std::byte> frame);
  [[nodiscard]] Sent send_reverse(const ConnectionId& connection, std::span<const std::byte> frame);
  void has_spoken(const ConnectionId& connection);
  [[nodiscard]] bool is_open(const ConnectionId& connection) {
    return listener_.is_open(connection);
  }
  void admit(const ConnectionId& connection);

  std::uint16_t port = 0;

 private:
  bool serve_round() override;
  void mark(const std::vector<EventPoll::Source>& sources) override;
  void run();
  [[nodiscard]] bool has_ended(TimePoint now);
  [[nodiscard]] bool take_frames();
  void pass_over_rest();
  [[nodiscard]] bool take_events(TimePoint now);
  void take_listener_events(TimePoint now);
  [[nodiscard]] bool advance_security();
  [[nodiscard]] bool tell_writable(TimePoint now);
  void say_goodbye(Duration time);
  [[nodiscard]] TimePoint next_deadline() const;

  zmq::context_t context_;
  ZmqSecurity security_;
  ConnectionMonitors monitors_;
  ZmqListener listener_;
  zmq::socket_t& router_;
  ZmqSessions sessions_;
  std::deque<ConnectionEvent> losses_;  // Of dialled connections, to be told of.
  bool router_has_more_ = true;
  std::vector<ConnectionId> busy_;  // Of others; tried again at retry_at_.
  TimePoint retry_at_ = TimePoint::max();
  Transport* transport_ = nullptr;  // Since start().
  std::atomic<bool> stopping_{false};
  Duration linger_{0};  // Before `stopping_`.
  TimePoint end_ = TimePoint::max();
  Duration busy_poll_max_{0};  // Before run().
  std::thread thread_;
};

ZmqCarrier::Sockets::Sockets(std::unique_ptr<ListeningSocket> listening,
                             const TransportSettings& settings, const KeyRing& keys,
                             Resolver::LookUp look_up)
    : context_(1, sockets_max),
      security_(context_, keys),
      monitors_(context_.handle()),
      listener_(context_, std::move(listening), settings, security_, monitors_),
      router_(listener_.socket()),
      sessions_(context_, security_, monitors_, poll_, settings, std::move(look_up),
                [this] { wake(); }) {
  port = listener_.port();
  bool observed = poll_.add(descriptor_of(router_), 0);
  observed = poll_.add(monitors_.descriptor(), monitors_source) && observed;
  if (security_.is_on()) observed = poll_.add(security_.descriptor(), 0) && observed;
  if (!observed) throw zmq::error_t();
}

void ZmqCarrier::Sockets::start(Transport& transport, const Clock& clock, Duration busy_poll_max) {
  transport_ = &transport;
  clock_ = &clock;
  busy_poll_max_ = busy_poll_max;
  thread_ = std::thread([this] { run(); });
}

void ZmqCarrier::Sockets::stop(Duration linger) {
  if (!thread_.joinable()) return;
  linger_ = linger;
  stopping_.store(true, std::memory_order_release);
  abandon();
  thread_.join();
}

/// The own thread.
void ZmqCarrier::Sockets::run() {
  const runtime::LinkServiceScope scope(transport_->actors());
  block_signals();
  SpinBudget budget(busy_poll_max_);
  TimePoint worked_at = clock_->now();
  auto spin = std::make_optional<Spin>(*clock_, worked_at);
  while (true) {
    const bool worked = serve_as_own();
    const TimePoint now = clock_->now();
    if (worked) {
      budget.paused_for(now - worked_at);
      worked_at = now;
      spin.emplace(*clock_, later(now, budget.budget()));
    }
    if (stopping_.load(std::memory_order_acquire) && with_role([&] { return has_ended(now); })) {
      break;
    }
    if (!worked) wait_as_own(!has_worker() && spin->goes_on());
  }
  with_role([this] {
    say_goodbye(end_ - clock_->now());
    end_service();
  });
}

/// Whether there is nothing left to send, or no time for it.
bool ZmqCarrier::Sockets::has_ended(TimePoint now) {
  if (end_ == TimePoint::max()) {
    end_ = later(now, linger_);
    static_cast<void>(poll_.signal());  // So that the next round takes it into account.
  }
  return now >= end_ || transport_->is_drained();
}

bool ZmqCarrier::Sockets::serve_round() {
  const runtime::LinkServiceScope scope(transport_->actors());  // Under the role's lock, too.
  bool worked = poll_.take_signal();  // First: what comes meanwhile has another round.
  worked |= take_frames();
  worked |= tell_writable(clock_->now());
  worked |= sessions_.take_answers(*transport_, *clock_);
  worked |= take_events(clock_->now());
  worked |= sessions_.take_outcomes(*transport_, clock_->now());
  worked |= advance_security();
  const TimePoint now = clock_->now();
  if (worked || transport_->next_deadline() <= now) {
    transport_->advance(now);
    sessions_.free_hung_up();
    worked |= sessions_.take_answers(*transport_, *clock_);  // Of where something was sent.
  }
  if (router_has_more_ || monitors_.is_touched() || sessions_.has_more()) {
    static_cast<void>(poll_.signal());
  }
  due_ = std::min({transport_->next_deadline(), next_deadline(), end_});
  return worked;
}

void ZmqCarrier::Sockets::say_goodbye(Duration time) {
  transport_->say_goodbye();
  // What ZeroMQ still holds gets the rest of the time.
  const int linger = in_milliseconds(time);
  listener_.end(linger);
  sessions_.end(linger);
}

/// Marks what has to be looked at.
void ZmqCarrier::Sockets::mark(const std::vector<EventPoll::Source>& sources) {
  for (const EventPoll::Source source : sources) {
    if (source == 0) {
      router_has_more_ = true;
    } else if (source == monitors_source) {
      monitors_.touch();
    } else {
      sessions_.touch(source);
    }
  }
}

bool ZmqCarrier::Sockets::take_frames() {
  if (!router_has_more_) return false;
  for (unsigned count = 0; count < frames_per_round; ++count) {
    zmq::message_t identity;
    if (!router_.recv(identity, zmq::recv_flags::dontwait)) {
      router_has_more_ = false;
      return count > 0;
    }
    if (!identity.more()) continue;
    const ConnectionId from = identity.to_string();
    auto part = std::allocate_shared<zmq::message_t>(SharedBlock<zmq::message_t>());
    static_cast<void>(router_.recv(*part, zmq::recv_flags::none));
    const bool has_more = part->more();
    listener_.delivered(*part);
    if (ZmqListener::has_named(from)) {
      const std::span<const std::byte> bytes = bytes_of(*part);
      const std::string_view key = security_.key_of(*part);
      listener_.begin_frame(*part, from);
      transport_->on_frame(from, {bytes, std::move(part)}, clock_->now(), key);
      listener_.end_frame();
    } else {
      transport_->on_stranger("a message on a connection that has chosen its own routing id",
                              clock_->now());
    }
    if (has_more) pass_over_rest();
  }
  return true;
}

/// Of a message of several parts, which no node sends.
void ZmqCarrier::Sockets::pass_over_rest() {
  zmq::message_t part;
  do {
    static_cast<void>(router_.recv(part, zmq::recv_flags::none));
  } while (part.more());
  transport_->on_stranger("a message of several parts", clock_->now());
}

/// What became of connections.
bool ZmqCarrier::Sockets::take_events(TimePoint now) {
  if (monitors_.is_touched()) take_listener_events(now);
  router_has_more_ |= listener_.advance(*transport_, !router_has_more_, now);
  const bool any = !losses_.empty();
  for (; !losses_.empty(); losses_.pop_front()) sessions_.take(*transport_, losses_.front(), now);
  return any;
}

/// Those of dialled connections are kept for later.
void ZmqCarrier::Sockets::take_listener_events(TimePoint now) {
  monitors_.touch();
  while (const auto event = monitors_.take()) {
    if (event->watch == listener_.watch()) {
      router_has_more_ = true;  // Binding anew may use up the socket's event.
      listener_.take(*transport_, *event, now);
    } else {
      losses_.push_back(*event);
    }
  }
}

bool ZmqCarrier::Sockets::advance_security() {
  if (!security_.is_on()) return false;
  const bool worked = security_.advance(listener_, *transport_, clock_->now());
  router_has_more_ |= worked;
  return worked;
}

/// On a connection of another node's.
Carrier::Sent ZmqCarrier::Sockets::send_to(const ConnectionId& connection,
                                           std::span<const std::byte> frame) {
  router_has_more_ = true;  // Sending may use up the socket's event of something to be read.
  void* const router = router_.handle();
  if (zmq_send(router, connection.data(), connection.size(), ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0) {
    return errno == EAGAIN ? Sent::busy : Sent::gone;
  }
  return zmq_send(router, frame.data(), frame.size(), ZMQ_DONTWAIT) < 0 ? Sent::gone : Sent::yes;
}

Carrier::Sent ZmqCarrier::Sockets::send_reverse(const ConnectionId& connection,
                                                std::span<const std::byte> frame) {
  if (const Sent sent = send_to(connection, frame); sent != Sent::busy) return sent;
  if (std::ranges::find(busy_, connection) == busy_.end()) busy_.push_back(connection);
  if (retry_at_ == TimePoint::max()) retry_at_ = now() + retry_pause;
  return Sent::busy;
}

/// ZeroMQ does not say which of others' connections has room again, and what it says of the socket
/// may be used up by whoever sends next. So they are all tried again after a moment.
bool ZmqCarrier::Sockets::tell_writable(TimePoint now) {
  if (retry_at_ > now) return false;
  retry_at_ = TimePoint::max();
  for (const ConnectionId& connection : std::exchange(busy_, {})) {
    transport_->on_writable(connection, now);
  }
  return true;
}

void ZmqCarrier::Sockets::has_spoken(const ConnectionId& connection) {
  take_listener_events(clock_->now());
  listener_.has_spoken(connection);
}

/// The connection's beginning is among the events that have come by now.
void ZmqCarrier::Sockets::admit(const ConnectionId& connection) {
  take_listener_events(clock_->now());
  listener_.admit(connection);
}

TimePoint ZmqCarrier::Sockets::next_deadline() const {
  return std::min(
      {security_.next_deadline(), listener_.next_deadline(), sessions_.next_deadline(), retry_at_});
}

Result<std::unique_ptr<ZmqCarrier>> ZmqCarrier::listen(const std::string& host_port,
                                                       const TransportSettings& settings,
                                                       const KeyRing& keys,
                                                       Resolver::LookUp look_up) {
  if (settings.raise_descriptor_limit) raise_descriptor_limit();
  const auto lack = [] {
    return Error(ErrorCode::limit_reached, no_descriptors_left() + " (a node takes " +
                                               std::to_string(descriptors_needed) +
                                               " before its first peer)");
  };
  // ZeroMQ ends the process where it finds none for its threads, and where it gets no thread.
  if (!has_descriptors_left(descriptors_needed)) return lack();
  if (!has_zmq_threads_left()) return no_threads_left("too few for ZeroMQ's own");
  std::unique_ptr<ListeningSocket> listening;
  if (!host_port.empty()) {
    auto opened = ListeningSocket::open(host_port, settings.hello_timeout);
    if (!opened.ok()) return opened.error();
    listening = *std::move(opened);
  }
  try {
    return std::unique_ptr<ZmqCarrier>(new ZmqCarrier(
        std::make_unique<Sockets>(std::move(listening), settings, keys, std::move(look_up))));
  } catch (const zmq::error_t& error) {
    if (is_own_lack(error.num())) return lack();
    return Error(ErrorCode::invalid_setting,
                 "cannot listen on " + host_port + " (" + error.what() + ")");
  }
}

ZmqCarrier::ZmqCarrier(std::unique_ptr<Sockets> sockets) : sockets_(std::move(sockets)) {}
ZmqCarrier::~ZmqCarrier() { stop(Duration(0)); }
std::uint16_t ZmqCarrier::port() const noexcept { return sockets_->port; }

Result<void> ZmqCarrier::start(Transport& transport, const Clock& clock, Duration busy_poll_max) {
  try {
    sockets_->start(transport, clock, busy_poll_max);
  } catch (const std::system_error& error) {
    return no_threads_left(error.what());
  }
  return {};
}

void ZmqCarrier::stop(Duration linger) { sockets_->stop(linger); }

void ZmqCarrier::dial(PeerLink& link, Lane lane, const NodeAddress& address,
                      const std::string& server_key) {
  sockets_->sessions().dial(link, lane, address, server_key, sockets_->now());
}
void ZmqCarrier::misled(PeerLink& link) { sockets_->sessions().misled(link); }
void ZmqCarrier::hang_up(PeerLink& link) { sockets_->sessions().hang_up(link); }
void ZmqCarrier::let_linger(Duration time) { sockets_->sessions().let_linger(time); }
bool ZmqCarrier::send(PeerLink& link, Lane lane, wire::Writer& frame) {
  return sockets_->sessions().send(link, lane, frame);
}
Carrier::Sent ZmqCarrier::send_reverse(const ConnectionId& connection,
                                       std::span<const std::byte> frame) {
  return sockets_->send_reverse(connection, frame);
}
bool ZmqCarrier::answer(const ConnectionId& connection, std::span<const std::byte> frame) {
  return sockets_->send_to(connection, frame) == Sent::yes;
}
void ZmqCarrier::has_spoken(const ConnectionId& connection) { sockets_->has_spoken(connection); }
bool ZmqCarrier::is_open(const ConnectionId& connection) { return sockets_->is_open(connection); }
void ZmqCarrier::admit(const ConnectionId& connection) { sockets_->admit(connection); }

void ZmqCarrier::wake() noexcept {
  if (!runtime::will_flush_here(*sockets_)) sockets_->wake();
}

runtime::EventSource& ZmqCarrier::events() noexcept { return *sockets_; }

}  // namespace troupe::transport
