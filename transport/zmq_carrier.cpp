#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
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
/// Answers that ZeroMQ may hold for one connection of another's. They are small.
constexpr int answers_in_flight_max = 1'000;
/// What the other side of a dialled connection may say at once: a welcome, or why not.
constexpr std::int64_t answer_bytes_max = std::int64_t{1} << 20U;
/// ZeroMQ's sockets in one node, which takes six for each peer; ZeroMQ knows no more than 65,535.
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

/// The descriptor that becomes readable when the socket's events may have changed.
int descriptor_of(zmq::socket_t& socket) { return socket.get(zmq::sockopt::fd); }

std::span<const std::byte> bytes_of(const zmq::message_t& message) noexcept {
  return {static_cast<const std::byte*>(message.data()), message.size()};
}

}  // namespace

/// How long to look for more work before sleeping: as long as it pays. A pause that was shorter than
/// the limit would have been worth it; each that was longer halves what is tried.
class SpinBudget {
 public:
  explicit SpinBudget(Duration limit) noexcept : limit_(limit), budget_(limit) {}

  [[nodiscard]] Duration budget() const noexcept { return budget_; }
  /// Work has come after a pause of this length.
  void paused_for(Duration pause) noexcept { budget_ = pause <= limit_ ? limit_ : budget_ / 2; }

 private:
  Duration limit_;
  Duration budget_;
};

/// The sockets and the thread. Everything here but wake() and the constructor belongs to the
/// thread once it runs.
///
/// wake() and going to sleep form a store-load pair (Dekker): the caller sets `signalled_` and then
/// reads `sleeping_`, the thread sets `sleeping_` and then reads `signalled_`; all are sequentially
/// consistent, so the thread is woken or does not sleep.
class ZmqCarrier::Sockets {
 public:
  Sockets(const std::string& host_port, std::size_t frame_bytes_max);
  ~Sockets();

  void run(Transport& transport, const Clock& clock);
  void dial(PeerLink& link, Lane lane, const NodeAddress& address);
  void hang_up(PeerLink& link);
  [[nodiscard]] bool send(PeerLink& link, Lane lane, wire::Writer& frame);
  void answer(const ConnectionId& connection, std::span<const std::byte> frame);
  void wake() noexcept;

  std::uint16_t port = 0;
  std::atomic<bool> stopping{false};
  Duration farewell{0};  // Before `stopping`.
  Duration spin{0};      // Before run().
  std::thread thread;

 private:
  struct Dialled {
    PeerLink* link;
    zmq::socket_t socket;
    zmq::socket_t monitor;
    bool busy = false;
    bool touched = true;  // Its events have to be looked at.

    ~Dialled() { end_monitoring(socket); }
  };
  using Lanes = std::array<std::unique_ptr<Dialled>, lane_count>;

  /// What epoll tells of: one of the sockets that are always there, or a dialled one.
  void observe(int descriptor, Dialled* dialled);
  /// Waits for events until then; false when there was nothing to do.
  [[nodiscard]] bool wait(TimePoint until, const Clock& clock);
  void sleep(int milliseconds);
  [[nodiscard]] bool take_frames(Transport& transport, const Clock& clock);
  [[nodiscard]] bool take_answers(Transport& transport, const Clock& clock);
  [[nodiscard]] bool take_answers_of(Dialled& dialled, Transport& transport, TimePoint now);
  [[nodiscard]] bool take_events(Transport& transport, TimePoint now);
  void take_guest_events(Transport& transport, TimePoint now);
  void say_goodbye(Transport& transport, Duration time);
  [[nodiscard]] Dialled* find(const PeerLink& link, Lane lane);
  void touch(Dialled& dialled);

  zmq::context_t context_;
  zmq::socket_t router_;
  zmq::socket_t router_monitor_;
  std::unordered_map<const PeerLink*, Lanes> dialled_;
  std::vector<Dialled*> touched_;
  std::vector<std::unique_ptr<Dialled>> hung_up_;  // Until nobody holds a pointer to them.
  std::vector<PeerLink*> undialable_;              // Told of in the next round.
  const int wake_fd_;
  const int epoll_fd_;
  std::atomic<bool> signalled_{false};
  std::atomic<bool> sleeping_{false};
  bool router_has_more_ = true;
  std::uint64_t monitors_ = 0;
  std::unordered_set<std::uint32_t> guests_;  // Connections of others that speak ZeroMQ.
};

ZmqCarrier::Sockets::Sockets(const std::string& host_port, std::size_t frame_bytes_max)
    : context_(1),
      router_(context_, zmq::socket_type::router),
      wake_fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      epoll_fd_(::epoll_create1(EPOLL_CLOEXEC)) {
  TROUPE_CHECK(wake_fd_ >= 0 && epoll_fd_ >= 0, "the process has no file descriptors left");
  context_.set(zmq::ctxopt::max_sockets, sockets_max);
  router_.set(zmq::sockopt::linger, 0);
  router_.set(zmq::sockopt::ipv6, true);
  router_.set(zmq::sockopt::rcvhwm, frames_in_flight_max);
  router_.set(zmq::sockopt::sndhwm, answers_in_flight_max);
  // Twice the limit: a frame that is a little too long is refused by us, with words; one that is
  // far too long ends its connection before memory is found for it.
  router_.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(2 * frame_bytes_max));
  router_monitor_ = monitor_of(context_, router_, monitors_++, guest_events);
  router_.bind("tcp://" + host_port);
  const std::string bound = router_.get(zmq::sockopt::last_endpoint);
  port = static_cast<std::uint16_t>(std::stoul(bound.substr(bound.rfind(':') + 1)));
  for (const int fd : {wake_fd_, descriptor_of(router_), descriptor_of(router_monitor_)}) {
    observe(fd, nullptr);
  }
}

ZmqCarrier::Sockets::~Sockets() {
  end_monitoring(router_);
  ::close(wake_fd_);
  ::close(epoll_fd_);
}

void ZmqCarrier::Sockets::observe(int descriptor, Dialled* dialled) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = dialled;
  TROUPE_CHECK(::epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, descriptor, &event) == 0,
               "the kernel observes no more descriptors");
}

void ZmqCarrier::Sockets::run(Transport& transport, const Clock& clock) {
  block_signals();
  SpinBudget spin_budget(spin);
  TimePoint end = TimePoint::max();
  TimePoint worked_at = clock.now();
  while (true) {
    bool worked = take_frames(transport, clock);
    worked |= take_answers(transport, clock);
    worked |= take_events(transport, clock.now());
    worked |= signalled_.exchange(false, std::memory_order_seq_cst);
    const TimePoint now = clock.now();
    if (now >= end) break;
    if (worked || transport.next_deadline() <= now) {
      transport.advance(now);
      hung_up_.clear();
      spin_budget.paused_for(now - worked_at);
      worked_at = clock.now();
    }
    if (stopping.load(std::memory_order_acquire)) {
      if (transport.is_drained()) break;
      if (end == TimePoint::max()) end = now + farewell;
    }
    if (worked) continue;
    if (now - worked_at < spin_budget.budget()) {
      ::sched_yield();
      sleep(0);
    } else {
      static_cast<void>(wait(std::min(transport.next_deadline(), end), clock));
    }
  }
  say_goodbye(transport, end == TimePoint::max() ? farewell : end - clock.now());
}

void ZmqCarrier::Sockets::say_goodbye(Transport& transport, Duration time) {
  transport.say_goodbye();
  // What ZeroMQ still holds gets the rest of the time.
  const auto linger = static_cast<int>(
      std::chrono::duration_cast<std::chrono::milliseconds>(std::max(Duration(0), time)).count());
  router_.set(zmq::sockopt::linger, linger);
  for (const auto& [link, lanes] : dialled_) {
    for (const auto& dialled : lanes) {
      if (dialled != nullptr) dialled->socket.set(zmq::sockopt::linger, linger);
    }
  }
  touched_.clear();
  hung_up_.clear();
  dialled_.clear();
}

bool ZmqCarrier::Sockets::wait(TimePoint until, const Clock& clock) {
  if (!undialable_.empty() || router_has_more_ || !touched_.empty()) return true;
  auto timeout = std::chrono::milliseconds(-1);
  if (until != TimePoint::max()) {
    timeout = std::chrono::ceil<std::chrono::milliseconds>(
        std::max(Duration(0), std::min<Duration>(until - clock.now(), std::chrono::hours(1))));
  }
  sleeping_.store(true, std::memory_order_seq_cst);
  if (!signalled_.load(std::memory_order_seq_cst)) sleep(static_cast<int>(timeout.count()));
  sleeping_.store(false, std::memory_order_relaxed);
  return false;
}

/// Waits for a descriptor; -1 is for ever. Marks what has to be looked at.
void ZmqCarrier::Sockets::sleep(int milliseconds) {
  std::array<epoll_event, 64> events;
  const int count =
      ::epoll_wait(epoll_fd_, events.data(), static_cast<int>(events.size()), milliseconds);
  for (int i = 0; i < count; ++i) {
    if (auto* dialled = static_cast<Dialled*>(events[static_cast<std::size_t>(i)].data.ptr)) {
      touch(*dialled);
    } else {
      router_has_more_ = true;
    }
  }
  if (count <= 0) return;
  std::uint64_t wakes = 0;
  static_cast<void>(::read(wake_fd_, &wakes, sizeof wakes));
}

void ZmqCarrier::Sockets::touch(Dialled& dialled) {
  if (std::exchange(dialled.touched, true)) return;
  touched_.push_back(&dialled);
}

bool ZmqCarrier::Sockets::take_frames(Transport& transport, const Clock& clock) {
  if (!router_has_more_) return false;
  for (unsigned count = 0; count < frames_per_round; ++count) {
    zmq::message_t identity;
    if (!router_.recv(identity, zmq::recv_flags::dontwait)) {
      router_has_more_ = false;
      return count > 0;
    }
    const ConnectionId from = identity.to_string();
    bool more = identity.more();
    while (more) {
      auto part = std::make_shared<zmq::message_t>();
      static_cast<void>(router_.recv(*part, zmq::recv_flags::none));
      more = part->more();
      const std::span<const std::byte> bytes = bytes_of(*part);
      transport.on_frame(from, {bytes, std::move(part)}, clock.now());
    }
  }
  return true;
}

bool ZmqCarrier::Sockets::take_answers(Transport& transport, const Clock& clock) {
  bool any = false;
  for (Dialled* dialled : std::exchange(touched_, {})) {
    dialled->touched = false;
    if (take_answers_of(*dialled, transport, clock.now())) any = true;
  }
  return any;
}

/// What a dialled connection has to say. An event of a socket is told once: all has to be taken.
bool ZmqCarrier::Sockets::take_answers_of(Dialled& dialled, Transport& transport, TimePoint now) {
  const auto is_open = [&] {
    return std::ranges::none_of(hung_up_, [&](const auto& old) { return old.get() == &dialled; });
  };
  bool any = false;
  zmq::message_t answer;
  while (is_open() && dialled.socket.recv(answer, zmq::recv_flags::dontwait)) {
    any = true;
    transport.on_answer(*dialled.link, bytes_of(answer), now);
  }
  if (is_open() && dialled.busy &&
      (dialled.socket.get(zmq::sockopt::events) & ZMQ_POLLOUT) != 0) {
    any = true;
    dialled.busy = false;
    transport.on_writable(*dialled.link, now);
  }
  if (!is_open()) return true;
  if (const auto event = take_event(dialled.monitor)) {
    any = true;
    transport.on_lost(*dialled.link, words_for(event->event), now);
  }
  return any;
}

bool ZmqCarrier::Sockets::take_events(Transport& transport, TimePoint now) {
  bool any = !undialable_.empty();
  take_guest_events(transport, now);
  for (PeerLink* link : std::exchange(undialable_, {})) {
    transport.on_lost(*link, "its address cannot be dialled", now);
  }
  return any;
}

void ZmqCarrier::Sockets::take_guest_events(Transport& transport, TimePoint now) {
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
}

void ZmqCarrier::Sockets::dial(PeerLink& link, Lane lane, const NodeAddress& address) {
  try {
    zmq::socket_t socket(context_, zmq::socket_type::dealer);
    socket.set(zmq::sockopt::linger, 0);
    socket.set(zmq::sockopt::ipv6, true);
    socket.set(zmq::sockopt::reconnect_ivl, -1);
    socket.set(zmq::sockopt::rcvhwm, answers_in_flight_max);
    socket.set(zmq::sockopt::sndhwm, frames_in_flight_max);
    socket.set(zmq::sockopt::maxmsgsize, answer_bytes_max);
    zmq::socket_t monitor = monitor_of(context_, socket, monitors_++, loss_events);
    std::unique_ptr<Dialled> dialled(
        new Dialled{&link, std::move(socket), std::move(monitor), false, false});
    dialled->socket.connect("tcp://" + address.host + ":" + std::to_string(address.port));
    observe(descriptor_of(dialled->socket), dialled.get());
    observe(descriptor_of(dialled->monitor), dialled.get());
    touch(*dialled);
    dialled_[&link][index_of(lane)] = std::move(dialled);
  } catch (const zmq::error_t&) {  // Not an address, or no file descriptors left.
    undialable_.push_back(&link);
  }
}

void ZmqCarrier::Sockets::hang_up(PeerLink& link) {
  const auto lanes = dialled_.find(&link);
  if (lanes == dialled_.end()) return;
  for (auto& dialled : lanes->second) {
    if (dialled == nullptr) continue;
    std::erase(touched_, dialled.get());
    for (const int fd : {descriptor_of(dialled->socket), descriptor_of(dialled->monitor)}) {
      ::epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fd, nullptr);
    }
    hung_up_.push_back(std::move(dialled));
  }
  dialled_.erase(lanes);
}

bool ZmqCarrier::Sockets::send(PeerLink& link, Lane lane, wire::Writer& frame) {
  Dialled* dialled = find(link, lane);
  if (dialled == nullptr || dialled->busy) return false;
  touch(*dialled);  // Sending may use up the socket's event of something to be read.
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
  router_has_more_ = true;  // Sending may use up the socket's event of something to be read.
  const auto first =
      router_.send(zmq::buffer(connection), zmq::send_flags::sndmore | zmq::send_flags::dontwait);
  if (!first) return;
  static_cast<void>(
      router_.send(zmq::const_buffer(frame.data(), frame.size()), zmq::send_flags::dontwait));
}

void ZmqCarrier::Sockets::wake() noexcept {
  if (signalled_.exchange(true, std::memory_order_seq_cst)) return;
  if (!sleeping_.load(std::memory_order_seq_cst)) return;
  const std::uint64_t one = 1;
  static_cast<void>(::write(wake_fd_, &one, sizeof one));
}

ZmqCarrier::Sockets::Dialled* ZmqCarrier::Sockets::find(const PeerLink& link, Lane lane) {
  const auto lanes = dialled_.find(&link);
  return lanes != dialled_.end() ? lanes->second[index_of(lane)].get() : nullptr;
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

void ZmqCarrier::start(Transport& transport, const Clock& clock, Duration spin) {
  sockets_->spin = spin;
  sockets_->thread = std::thread([this, &transport, &clock] { sockets_->run(transport, clock); });
}

void ZmqCarrier::stop(Duration farewell) {
  if (!sockets_->thread.joinable()) return;
  sockets_->farewell = farewell;
  sockets_->stopping.store(true, std::memory_order_release);
  sockets_->wake();
  sockets_->thread.join();
}

void ZmqCarrier::dial(PeerLink& link, Lane lane, const NodeAddress& address) {
  sockets_->dial(link, lane, address);
}
void ZmqCarrier::hang_up(PeerLink& link) { sockets_->hang_up(link); }
bool ZmqCarrier::send(PeerLink& link, Lane lane, wire::Writer& frame) {
  return sockets_->send(link, lane, frame);
}
void ZmqCarrier::answer(const ConnectionId& connection, std::span<const std::byte> frame) {
  sockets_->answer(connection, frame);
}
void ZmqCarrier::wake() noexcept { sockets_->wake(); }

}  // namespace troupe::transport
