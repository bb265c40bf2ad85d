#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <cstring>
#include <optional>
#include <thread>
#include <troupe/transport/transport.hpp>
#include <troupe/transport/zmq_carrier.hpp>
#include <unordered_set>
#include <vector>
#include <zmq.hpp>

namespace troupe::transport {
namespace {

/// Frames that ZeroMQ may hold for one connection, in each direction.
constexpr int frames_in_flight_max = 4;
/// Frames that are received before others are sent again.
constexpr unsigned frames_per_round = 8;
/// What the other side of a dialled connection may say at once: a welcome, or why not.
constexpr std::int64_t answer_bytes_max = std::int64_t{1} << 20U;
/// ZeroMQ's sockets in one node, which takes two for each peer; ZeroMQ knows no more than 65,535.
constexpr int sockets_max = 65'535;
/// Frames longer than this leave without being copied.
constexpr std::size_t copied_bytes_max = Outbox::batch_bytes * 2;

/// For a connection that this node dials: it could not be made, is of no use, or has ended.
constexpr int loss_events = ZMQ_EVENT_CLOSED | ZMQ_EVENT_DISCONNECTED |
                            ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                            ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
/// For those of others: whether they spoke ZeroMQ before they ended.
constexpr int guest_events = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED;

/// An end of a socket's monitor, on which its connection's events come.
zmq::socket_t monitor_of(zmq::context_t& context, zmq::socket_t& socket, std::uint64_t number,
                         int events) {
  const std::string place = "inproc://events-" + std::to_string(number);
  if (zmq_socket_monitor(socket.handle(), place.c_str(), events) != 0) {
    throw zmq::error_t();
  }
  zmq::socket_t monitor(context, zmq::socket_type::pair);
  monitor.set(zmq::sockopt::linger, 0);
  monitor.connect(place);
  return monitor;
}

/// To be called before the monitor is closed: an event that nobody can take would block ZeroMQ.
void end_monitoring(zmq::socket_t& socket) noexcept {
  static_cast<void>(zmq_socket_monitor(socket.handle(), nullptr, 0));
}

struct ConnectionEvent {
  int event;
  std::uint32_t value;  ///< For guests: the connection's file descriptor.
};

/// The next event, if one is there: two parts, u16 event and u32 value in host order, and the
/// address.
std::optional<ConnectionEvent> take_event(zmq::socket_t& monitor) {
  zmq::message_t head;
  if (!monitor.recv(head, zmq::recv_flags::dontwait)) return std::nullopt;
  zmq::message_t address;
  static_cast<void>(monitor.recv(address, zmq::recv_flags::none));
  std::uint16_t event = 0;
  std::uint32_t value = 0;
  if (head.size() == sizeof event + sizeof value) {
    std::memcpy(&event, head.data(), sizeof event);
    std::memcpy(&value, head.data<std::byte>() + sizeof event, sizeof value);
  }
  return ConnectionEvent{event, value};
}

std::string words_for(int event) {
  switch (event) {
    case ZMQ_EVENT_CLOSED: return "the connection was refused";
    case ZMQ_EVENT_DISCONNECTED: return "the connection has ended";
    default: return "what listens there is no node";
  }
}

/// The program's signals are not this thread's: none of its waits is interrupted.
void block_signals() noexcept {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

/// A frame whose bytes ZeroMQ sends from where they are, and then gives back on a thread of its
/// own.
struct LentFrame {
  wire::Writer frame;
  /// Orders the lending before the return. ZeroMQ does that too, where no sanitizer sees it.
  std::atomic<bool> is_lent;
};

void give_back(void* /*bytes*/, void* lent) noexcept {
  auto* frame = static_cast<LentFrame*>(lent);
  static_cast<void>(frame->is_lent.load(std::memory_order_acquire));
  delete frame;
}

std::span<const std::byte> bytes_of(const zmq::message_t& message) noexcept {
  return {static_cast<const std::byte*>(message.data()), message.size()};
}

}  // namespace

/// The sockets and the thread. Everything here but wake() and the constructor belongs to the
/// thread once it runs.
class ZmqCarrier::Sockets {
 public:
  Sockets(const std::string& host_port, std::size_t frame_bytes_max);
  ~Sockets() {
    end_monitoring(router_);
    ::close(wake_fd_);
  }

  void run(Transport& transport, const Clock& clock);
  void dial(PeerLink& link, const NodeAddress& address);
  void hang_up(PeerLink& link);
  [[nodiscard]] bool send(PeerLink& link, wire::Writer& frame);
  void answer(const ConnectionId& connection, std::span<const std::byte> frame);
  void wake() noexcept;

  std::uint16_t port = 0;
  std::atomic<bool> stopping{false};
  Duration farewell{0};  // Before `stopping`.
  std::thread thread;

 private:
  struct Dialled {
    PeerLink* link;
    zmq::socket_t socket;
    zmq::socket_t monitor;
    bool busy = false;

    ~Dialled() { end_monitoring(socket); }
  };

  void poll(TimePoint until, const Clock& clock);
  void receive_frames(Transport& transport, const Clock& clock);
  void receive_answers(Transport& transport, TimePoint now);
  void take_events(Transport& transport, TimePoint now);
  [[nodiscard]] Dialled* find(const PeerLink& link);

  zmq::context_t context_;
  zmq::socket_t router_;
  zmq::socket_t router_monitor_;
  std::vector<std::unique_ptr<Dialled>> dialled_;
  std::vector<PeerLink*> undialable_;  // Told of in the next round.
  std::vector<zmq::pollitem_t> items_;
  const int wake_fd_;
  std::atomic<bool> awake_{false};
  std::uint64_t monitors_ = 0;
  std::unordered_set<std::uint32_t> guests_;  // Connections of others that speak ZeroMQ.
};

ZmqCarrier::Sockets::Sockets(const std::string& host_port, std::size_t frame_bytes_max)
    : context_(1),
      router_(context_, zmq::socket_type::router),
      wake_fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  TROUPE_CHECK(wake_fd_ >= 0, "the process has no file descriptors left");
  context_.set(zmq::ctxopt::max_sockets, sockets_max);
  router_.set(zmq::sockopt::linger, 0);
  router_.set(zmq::sockopt::ipv6, true);
  router_.set(zmq::sockopt::rcvhwm, frames_in_flight_max);
  router_.set(zmq::sockopt::sndhwm, frames_in_flight_max);
  // Twice the limit: a frame that is a little too long is refused by us, with words; one that is
  // far too long ends its connection before memory is found for it.
  router_.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(2 * frame_bytes_max));
  router_monitor_ = monitor_of(context_, router_, monitors_++, guest_events);
  router_.bind("tcp://" + host_port);
  const std::string bound = router_.get(zmq::sockopt::last_endpoint);
  port = static_cast<std::uint16_t>(std::stoul(bound.substr(bound.rfind(':') + 1)));
}

void ZmqCarrier::Sockets::run(Transport& transport, const Clock& clock) {
  block_signals();
  TimePoint end = TimePoint::max();
  while (clock.now() < end) {
    poll(std::min(transport.next_deadline(), end), clock);
    const TimePoint now = clock.now();
    receive_frames(transport, clock);
    receive_answers(transport, now);
    take_events(transport, now);
    transport.advance(clock.now());
    if (!stopping.load(std::memory_order_acquire)) continue;
    if (transport.is_drained()) break;
    if (end == TimePoint::max()) end = clock.now() + farewell;
  }
  transport.say_goodbye();
  // What ZeroMQ still holds gets the rest of the time.
  const auto linger = std::chrono::duration_cast<std::chrono::milliseconds>(
      end == TimePoint::max() ? farewell : std::max(Duration(0), end - clock.now()));
  router_.set(zmq::sockopt::linger, static_cast<int>(linger.count()));
  for (const auto& dialled : dialled_) {
    dialled->socket.set(zmq::sockopt::linger, static_cast<int>(linger.count()));
  }
  dialled_.clear();
}

void ZmqCarrier::Sockets::poll(TimePoint until, const Clock& clock) {
  items_.clear();
  items_.push_back({nullptr, wake_fd_, ZMQ_POLLIN, 0});
  items_.push_back({router_.handle(), 0, ZMQ_POLLIN, 0});
  items_.push_back({router_monitor_.handle(), 0, ZMQ_POLLIN, 0});
  for (const auto& dialled : dialled_) {
    const int events = dialled->busy ? ZMQ_POLLIN | ZMQ_POLLOUT : ZMQ_POLLIN;
    items_.push_back({dialled->socket.handle(), 0, static_cast<short>(events), 0});
    items_.push_back({dialled->monitor.handle(), 0, ZMQ_POLLIN, 0});
  }
  auto timeout = std::chrono::milliseconds(undialable_.empty() ? -1 : 0);
  if (undialable_.empty() && until != TimePoint::max()) {
    timeout = std::chrono::ceil<std::chrono::milliseconds>(
        std::max(Duration(0), std::min<Duration>(until - clock.now(), std::chrono::hours(1))));
  }
  zmq::poll(items_.data(), items_.size(), timeout);
  if ((items_[0].revents & ZMQ_POLLIN) != 0) {
    std::uint64_t count = 0;
    static_cast<void>(::read(wake_fd_, &count, sizeof count));
    awake_.store(false, std::memory_order_seq_cst);  // Before the outboxes are looked at.
  }
  for (const auto& dialled : dialled_) dialled->busy = false;
}

void ZmqCarrier::Sockets::receive_frames(Transport& transport, const Clock& clock) {
  for (unsigned count = 0; count < frames_per_round; ++count) {
    zmq::message_t identity;
    if (!router_.recv(identity, zmq::recv_flags::dontwait)) return;
    const ConnectionId from = identity.to_string();
    bool more = identity.more();
    while (more) {
      zmq::message_t part;
      static_cast<void>(router_.recv(part, zmq::recv_flags::none));
      more = part.more();
      transport.on_frame(from, bytes_of(part), clock.now());
    }
  }
}

void ZmqCarrier::Sockets::receive_answers(Transport& transport, TimePoint now) {
  std::vector<std::pair<PeerLink*, zmq::message_t>> answers;
  for (const auto& dialled : dialled_) {
    zmq::message_t answer;
    if (dialled->socket.recv(answer, zmq::recv_flags::dontwait)) {
      answers.emplace_back(dialled->link, std::move(answer));
    }
  }
  for (const auto& [link, answer] : answers) transport.on_answer(*link, bytes_of(answer), now);
}

void ZmqCarrier::Sockets::take_events(Transport& transport, TimePoint now) {
  while (const auto event = take_event(router_monitor_)) {
    if (event->event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
      guests_.insert(event->value);
    } else {
      transport.on_connection_ended();
      if (guests_.erase(event->value) == 0) {
        transport.on_stranger("a connection that did not speak ZeroMQ to its end", now);
      }
    }
  }
  std::vector<std::pair<PeerLink*, int>> lost;
  for (const auto& dialled : dialled_) {
    if (const auto event = take_event(dialled->monitor)) {
      lost.emplace_back(dialled->link, event->event);
    }
  }
  for (const auto& [link, event] : lost) transport.on_lost(*link, words_for(event), now);
  for (PeerLink* link : std::exchange(undialable_, {})) {
    transport.on_lost(*link, "its address cannot be dialled", now);
  }
}

void ZmqCarrier::Sockets::dial(PeerLink& link, const NodeAddress& address) {
  try {
    zmq::socket_t socket(context_, zmq::socket_type::dealer);
    socket.set(zmq::sockopt::linger, 0);
    socket.set(zmq::sockopt::ipv6, true);
    socket.set(zmq::sockopt::reconnect_ivl, -1);
    socket.set(zmq::sockopt::rcvhwm, frames_in_flight_max);
    socket.set(zmq::sockopt::sndhwm, frames_in_flight_max);
    socket.set(zmq::sockopt::maxmsgsize, answer_bytes_max);
    zmq::socket_t monitor = monitor_of(context_, socket, monitors_++, loss_events);
    std::unique_ptr<Dialled> dialled(
        new Dialled{&link, std::move(socket), std::move(monitor), false});
    dialled->socket.connect("tcp://" + address.host + ":" + std::to_string(address.port));
    dialled_.push_back(std::move(dialled));
  } catch (const zmq::error_t&) {  // Not an address, or no file descriptors left.
    undialable_.push_back(&link);
  }
}

void ZmqCarrier::Sockets::hang_up(PeerLink& link) {
  std::erase_if(dialled_, [&](const auto& dialled) { return dialled->link == &link; });
}

bool ZmqCarrier::Sockets::send(PeerLink& link, wire::Writer& frame) {
  Dialled* dialled = find(link);
  if (dialled == nullptr || dialled->busy) return false;
  if (frame.size() <= copied_bytes_max) {
    const auto sent = dialled->socket.send(zmq::const_buffer(frame.data(), frame.size()),
                                           zmq::send_flags::dontwait);
    dialled->busy = !sent;
    return sent.has_value();
  }
  auto* lent = new LentFrame{std::move(frame), false};
  zmq::message_t message(const_cast<std::byte*>(lent->frame.data()), lent->frame.size(), &give_back,
                         lent);
  lent->is_lent.store(true, std::memory_order_release);
  if (dialled->socket.send(message, zmq::send_flags::dontwait)) return true;
  // Still ours, as the message is: its bytes go back to where they were.
  frame = std::move(lent->frame);
  dialled->busy = true;
  return false;
}

void ZmqCarrier::Sockets::answer(const ConnectionId& connection, std::span<const std::byte> frame) {
  const auto first =
      router_.send(zmq::buffer(connection), zmq::send_flags::sndmore | zmq::send_flags::dontwait);
  if (!first) return;
  static_cast<void>(
      router_.send(zmq::const_buffer(frame.data(), frame.size()), zmq::send_flags::dontwait));
}

void ZmqCarrier::Sockets::wake() noexcept {
  if (awake_.exchange(true, std::memory_order_seq_cst)) return;
  const std::uint64_t one = 1;
  static_cast<void>(::write(wake_fd_, &one, sizeof one));
}

ZmqCarrier::Sockets::Dialled* ZmqCarrier::Sockets::find(const PeerLink& link) {
  const auto found =
      std::ranges::find_if(dialled_, [&](const auto& dialled) { return dialled->link == &link; });
  return found != dialled_.end() ? found->get() : nullptr;
}

Result<std::unique_ptr<ZmqCarrier>> ZmqCarrier::listen(const std::string& host_port,
                                                       std::size_t frame_bytes_max) {
  try {
    return std::unique_ptr<ZmqCarrier>(
        new ZmqCarrier(std::make_unique<Sockets>(host_port, frame_bytes_max)));
  } catch (const zmq::error_t& error) {
    if (error.num() == EADDRINUSE) {
      return Error(ErrorCode::address_in_use,
                   host_port +
                       " is taken by another process: stop that, or listen on another "
                       "port; port 0 takes any that is free");
    }
    return Error(ErrorCode::invalid_setting, "cannot listen on " + host_port + " (" + error.what() +
                                                 "): give an address of this machine as host:port");
  }
}

ZmqCarrier::ZmqCarrier(std::unique_ptr<Sockets> sockets) : sockets_(std::move(sockets)) {}
ZmqCarrier::~ZmqCarrier() { stop(Duration(0)); }
std::uint16_t ZmqCarrier::port() const noexcept { return sockets_->port; }

void ZmqCarrier::start(Transport& transport, const Clock& clock) {
  sockets_->thread = std::thread([this, &transport, &clock] { sockets_->run(transport, clock); });
}

void ZmqCarrier::stop(Duration farewell) {
  if (!sockets_->thread.joinable()) return;
  sockets_->farewell = farewell;
  sockets_->stopping.store(true, std::memory_order_release);
  sockets_->wake();
  sockets_->thread.join();
}

void ZmqCarrier::dial(PeerLink& link, const NodeAddress& address) { sockets_->dial(link, address); }
void ZmqCarrier::hang_up(PeerLink& link) { sockets_->hang_up(link); }
bool ZmqCarrier::send(PeerLink& link, wire::Writer& frame) { return sockets_->send(link, frame); }
void ZmqCarrier::answer(const ConnectionId& connection, std::span<const std::byte> frame) {
  sockets_->answer(connection, frame);
}
void ZmqCarrier::wake() noexcept { sockets_->wake(); }

}  // namespace troupe::transport
