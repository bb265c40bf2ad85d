#include <troupe/transport/zmq_carrier.hpp>

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>
#include <troupe/base/spin_budget.hpp>
#include <troupe/transport/event_poll.hpp>
#include <troupe/transport/lent_frame.hpp>
#include <troupe/transport/transport.hpp>
#include <troupe/transport/zmq_events.hpp>
#include <troupe/transport/zmq_security.hpp>
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
/// What ZeroMQ takes in one message, from anybody: it finds the memory for all of it as soon as its
/// length is announced, before a handshake has said who that is. Twice the longest frame: one that
/// is a little too long is refused by us, with words; a longer one ends its connection.
constexpr std::int64_t message_bytes_max = 2 * std::int64_t{carried_bytes_max};
/// ZeroMQ's sockets in one node, which takes six for each peer; ZeroMQ knows no more than 65,535.
constexpr int sockets_max = 65'535;
/// Frames longer than this leave without being copied.
constexpr std::size_t copied_bytes_max = Outbox::batch_bytes * 2;

/// The program's signals are not this thread's: none of its waits is interrupted.
void block_signals() noexcept {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

/// The descriptor that becomes readable when the socket's events may have changed.
int descriptor_of(zmq::socket_t& socket) { return socket.get(zmq::sockopt::fd); }

std::span<const std::byte> bytes_of(const zmq::message_t& message) noexcept {
  return {static_cast<const std::byte*>(message.data()), message.size()};
}

}  // namespace

/// The sockets and the thread. Everything here but wake() and the constructor belongs to the
/// thread once it runs.
class ZmqCarrier::Sockets {
 public:
  Sockets(const std::string& host_port, const KeyRing& keys);

  void run(Transport& transport, const Clock& clock);
  void dial(PeerLink& link, Lane lane, const NodeAddress& address, const std::string& server_key);
  void hang_up(PeerLink& link);
  [[nodiscard]] bool send(PeerLink& link, Lane lane, wire::Writer& frame);
  void answer(const ConnectionId& connection, std::span<const std::byte> frame);
  void wake() noexcept { poll_.wake(); }

  std::uint16_t port = 0;
  std::atomic<bool> stopping{false};
  Duration farewell{0};  // Before `stopping`.
  Duration spin{0};      // Before run().
  std::thread thread;

 private:
  struct Dialled {
    PeerLink* link;
    zmq::socket_t socket;
    ConnectionMonitor monitor;
    bool busy = false;
    bool touched = false;  // Its events have to be looked at.
  };
  using Lanes = std::array<std::unique_ptr<Dialled>, lane_count>;

  /// Waits for something to do until then.
  void wait(TimePoint until, const Clock& clock);
  void await(int milliseconds);
  [[nodiscard]] bool take_frames(Transport& transport, const Clock& clock);
  [[nodiscard]] bool take_answers(Transport& transport, const Clock& clock);
  [[nodiscard]] bool take_answers_of(Dialled& dialled, Transport& transport, TimePoint now);
  [[nodiscard]] bool take_events(Transport& transport, TimePoint now);
  [[nodiscard]] bool advance_security(Transport& transport, const Clock& clock);
  void say_goodbye(Transport& transport, Duration time);
  [[nodiscard]] Dialled* find(const PeerLink& link, Lane lane);
  void touch(Dialled& dialled);

  zmq::context_t context_;
  ZmqSecurity security_;
  zmq::socket_t router_;
  std::optional<ConnectionMonitor> router_monitor_;
  std::unordered_map<const PeerLink*, Lanes> dialled_;
  std::vector<Dialled*> touched_;
  std::vector<std::unique_ptr<Dialled>> hung_up_;  // Until nobody holds a pointer to them.
  std::vector<PeerLink*> undialable_;              // Told of in the next round.
  EventPoll poll_;
  bool router_has_more_ = true;
  Guests guests_;
};

ZmqCarrier::Sockets::Sockets(const std::string& host_port, const KeyRing& keys)
    : context_(1, sockets_max),
      security_(context_, keys),
      router_(context_, zmq::socket_type::router) {
  router_.set(zmq::sockopt::linger, 0);
  router_.set(zmq::sockopt::ipv6, true);
  router_.set(zmq::sockopt::rcvhwm, frames_in_flight_max);
  router_.set(zmq::sockopt::sndhwm, answers_in_flight_max);
  router_.set(zmq::sockopt::maxmsgsize, message_bytes_max);
  router_monitor_.emplace(context_.handle(), router_.handle(), Guests::events());
  security_.secure_listener(router_);
  router_.bind("tcp://" + host_port);
  const std::string bound = router_.get(zmq::sockopt::last_endpoint);
  port = static_cast<std::uint16_t>(std::stoul(bound.substr(bound.rfind(':') + 1)));
  poll_.add(descriptor_of(router_), nullptr);
  poll_.add(router_monitor_->descriptor(), nullptr);
  if (security_.is_on()) poll_.add(security_.descriptor(), nullptr);
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
    worked |= advance_security(transport, clock);
    worked |= poll_.take_signal();
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
      await(0);
    } else {
      wait(std::min({transport.next_deadline(), security_.next_deadline(), end}), clock);
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

void ZmqCarrier::Sockets::wait(TimePoint until, const Clock& clock) {
  if (!undialable_.empty() || router_has_more_ || !touched_.empty()) return;
  auto timeout = std::chrono::milliseconds(-1);
  if (until != TimePoint::max()) {
    timeout = std::chrono::ceil<std::chrono::milliseconds>(
        std::max(Duration(0), std::min<Duration>(until - clock.now(), std::chrono::hours(1))));
  }
  await(static_cast<int>(timeout.count()));
}

/// Marks what has to be looked at.
void ZmqCarrier::Sockets::await(int milliseconds) {
  for (void* const source : poll_.wait(milliseconds)) {
    if (source != nullptr) {
      touch(*static_cast<Dialled*>(source));
    } else {
      router_has_more_ = true;
    }
  }
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
      const std::string_view key = security_.key_of(*part);
      transport.on_frame(from, {bytes, std::move(part)}, clock.now(), key);
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
  if (is_open() && dialled.busy && (dialled.socket.get(zmq::sockopt::events) & ZMQ_POLLOUT) != 0) {
    any = true;
    dialled.busy = false;
    transport.on_writable(*dialled.link, now);
  }
  if (!is_open()) return true;
  if (const auto event = dialled.monitor.take()) {
    any = true;
    tell_loss(transport, *dialled.link, *event, now);
  }
  return any;
}

bool ZmqCarrier::Sockets::take_events(Transport& transport, TimePoint now) {
  bool any = !undialable_.empty();
  while (const auto event = router_monitor_->take()) guests_.take(transport, *event, now);
  for (PeerLink* link : std::exchange(undialable_, {})) {
    transport.on_lost(*link, "its address cannot be dialled", now);
  }
  return any;
}

bool ZmqCarrier::Sockets::advance_security(Transport& transport, const Clock& clock) {
  if (!security_.is_on()) return false;
  const bool worked = security_.advance(router_, transport, clock.now());
  router_has_more_ |= worked;
  return worked;
}

void ZmqCarrier::Sockets::dial(PeerLink& link, Lane lane, const NodeAddress& address,
                               const std::string& server_key) {
  try {
    zmq::socket_t socket(context_, zmq::socket_type::dealer);
    socket.set(zmq::sockopt::linger, 0);
    socket.set(zmq::sockopt::ipv6, true);
    socket.set(zmq::sockopt::reconnect_ivl, -1);
    socket.set(zmq::sockopt::rcvhwm, answers_in_flight_max);
    socket.set(zmq::sockopt::sndhwm, frames_in_flight_max);
    socket.set(zmq::sockopt::maxmsgsize, message_bytes_max);
    void* const handle = socket.handle();
    std::unique_ptr<Dialled> dialled(
        new Dialled{&link, std::move(socket), {context_.handle(), handle, loss_events()}});
    security_.secure_dialler(dialled->socket, server_key);
    dialled->socket.connect("tcp://" + address.host + ":" + std::to_string(address.port));
    poll_.add(descriptor_of(dialled->socket), dialled.get());
    poll_.add(dialled->monitor.descriptor(), dialled.get());
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
    poll_.remove(descriptor_of(dialled->socket));
    poll_.remove(dialled->monitor.descriptor());
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
  auto* lent = new LentFrame(std::move(frame));
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

ZmqCarrier::Sockets::Dialled* ZmqCarrier::Sockets::find(const PeerLink& link, Lane lane) {
  const auto lanes = dialled_.find(&link);
  return lanes != dialled_.end() ? lanes->second[index_of(lane)].get() : nullptr;
}

Result<std::unique_ptr<ZmqCarrier>> ZmqCarrier::listen(const std::string& host_port,
                                                       const KeyRing& keys) {
  try {
    return std::unique_ptr<ZmqCarrier>(new ZmqCarrier(std::make_unique<Sockets>(host_port, keys)));
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

void ZmqCarrier::dial(PeerLink& link, Lane lane, const NodeAddress& address,
                      const std::string& server_key) {
  sockets_->dial(link, lane, address, server_key);
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
