#include <troupe/persistence/redis/client_thread.hpp>

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <limits>
#include <system_error>
#include <troupe/base/descriptors.hpp>
#include <utility>

namespace troupe::redis {
namespace {

constexpr std::size_t read_bytes = 64 * 1'024;
// So much is read before others have their turn: commands to send, and deadlines.
constexpr int reads_per_round = 8;
constexpr std::uint64_t client_lines_max = 10;
constexpr Duration client_lines_window = std::chrono::seconds(60);

int poll_timeout(TimePoint deadline, TimePoint now) {
  if (deadline <= now) return 0;
  if (deadline == TimePoint::max()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now).count();
  return static_cast<int>(std::min<std::int64_t>(left, std::numeric_limits<int>::max()));
}

}  // namespace

Result<std::unique_ptr<ClientThread>> ClientThread::start(RedisSettings settings, RedisUrl url,
                                                          Platform platform) {
  const int wake = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (wake < 0) {
    return Error(ErrorCode::limit_reached, no_descriptors_left(), Execution::not_executed);
  }
  std::unique_ptr<ClientThread> self(
      new ClientThread(std::move(settings), std::move(url), std::move(platform), wake));
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);  // Signals are for the program's own threads.
  Result<void> started;
  try {
    const std::lock_guard lock(self->mutex_);  // The thread waits until its id is known.
    self->thread_ = std::thread([one = self.get()] { one->run(); });
    self->thread_id_ = self->thread_.get_id();
  } catch (const std::system_error& failure) {
    started = Error(ErrorCode::limit_reached,
                    std::string("no thread for a Redis client: ") + failure.what(),
                    Execution::not_executed);
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (!started) return started.error();
  return self;
}

ClientThread::ClientThread(RedisSettings settings, RedisUrl url, Platform platform, int wake)
    : settings_(std::move(settings)),
      platform_(std::move(platform)),
      place_(url.to_string()),
      wake_(wake),
      log_(*platform_.log, "redis " + place_),
      lines_(client_lines_max, client_lines_window),
      resolver_(look_up_host, [this] { this->wake(); }),
      socket_(resolver_),
      core_(settings_, std::move(url), *platform_.random, platform_.clock->now()),
      room_(read_bytes) {}

ClientThread::WakeDescriptor::~WakeDescriptor() { ::close(number_); }

Result<void> ClientThread::reject(ErrorCode code, std::string reason) {
  ++turned_away_;
  return Error(code, std::move(reason), Execution::not_executed);
}

Result<void> ClientThread::send(Command command, Done done, std::optional<Duration> timeout) {
  const TimePoint deadline =
      deadline_after(*platform_.clock, timeout.value_or(settings_.command_timeout));
  const std::size_t size = command.size();
  Result<void> checked = command.check();
  if (!done) done = [](const Result<Reply>&) {};
  bool must_wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (!checked) return reject(checked.error().code(), checked.error().context());
    if (end_at_) return reject(ErrorCode::shutdown, "the Redis client has ended");
    if (size > settings_.command_bytes_max) {
      return reject(ErrorCode::frame_too_large, "a Redis command of " + std::to_string(size) +
                                                    " bytes; the most is " +
                                                    std::to_string(settings_.command_bytes_max));
    }
    const std::size_t waiting = counts_.waiting + handed_.size();
    const std::size_t bytes = counts_.waiting_bytes + handed_bytes_;
    if (waiting >= settings_.commands_max || bytes + size > settings_.bytes_max) {
      return reject(ErrorCode::limit_reached, std::to_string(waiting) + " commands of " +
                                                  std::to_string(bytes) +
                                                  " bytes wait for Redis already");
    }
    handed_.push_back({std::move(command), std::move(done), deadline});
    handed_bytes_ += size;
    must_wake = std::exchange(is_asleep_, false);
  }
  if (must_wake) wake();
  return {};
}

void ClientThread::close(Duration timeout) {
  const std::lock_guard ending(end_mutex_);
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    end_at_ = deadline_after(*platform_.clock, timeout);
  }
  wake();
  thread_.join();
}

RedisCounts ClientThread::counts() const {
  const std::lock_guard lock(mutex_);
  RedisCounts counts = counts_;
  counts.turned_away = turned_away_;
  return counts;
}

void ClientThread::wake() noexcept {
  const std::uint64_t one = 1;
  static_cast<void>(::write(wake_.number(), &one, sizeof one));
}

void ClientThread::run() noexcept {
  while (true) {
    const TimePoint now = platform_.clock->now();
    take_handed();
    // What the last sleep found is about this connection alone, and not about one that follows it.
    if (socket_.state() == ServerSocket::State::connecting) {
      follow(socket_.advance(is_writable_ || is_readable_, now), now);
    } else if (is_readable_) {
      read_in(now);
    }
    take_look_ups(now);
    core_.advance(now);
    do_orders(now);
    write_out(now);
    do_orders(now);
    deliver(now);
    tick(now);
    if (has_ended(now)) break;
    sleep(platform_.clock->now());
  }
}

/// Counts what is held at the same time as it takes more: send() reads the two together.
void ClientThread::take_handed() {
  {
    const std::lock_guard lock(mutex_);
    is_asleep_ = false;
    taken_.swap(handed_);
    counts_.waiting = core_.pipeline().commands() + taken_.size();
    counts_.waiting_bytes = core_.pipeline().bytes() + std::exchange(handed_bytes_, 0);
  }
  for (Handed& one : taken_) {
    core_.submit(std::move(one.command), std::move(one.done), one.deadline);
  }
  taken_.clear();
}

void ClientThread::do_orders(TimePoint now) {
  // A dial that fails at once may ask for the next one.
  while (true) {
    if (core_.take_hang_up()) socket_.close();
    const std::optional<Endpoint> endpoint = core_.take_dial();
    if (!endpoint) return;
    follow(socket_.dial(*endpoint, core_.try_until(), now), now);
  }
}

void ClientThread::follow(const ServerSocket::Step& step, TimePoint now) {
  switch (step.result) {
    case ServerSocket::Step::Result::waits: return;
    case ServerSocket::Step::Result::connected: return core_.connected(now);
    case ServerSocket::Step::Result::failed: return core_.connect_failed(step.why, now);
  }
}

void ClientThread::take_look_ups(TimePoint now) {
  if (socket_.state() != ServerSocket::State::looking_up) return;
  for (const Resolver::Answer& answer : resolver_.take()) follow(socket_.found(answer, now), now);
}

void ClientThread::write_out(TimePoint now) {
  wants_write_ = false;
  while (socket_.state() == ServerSocket::State::connected) {
    const std::string_view bytes = core_.output();
    if (bytes.empty()) return;
    const ServerSocket::Transfer written = socket_.write(bytes);
    if (written.ended) {
      // What the server said before its end is read first: it may say why.
      read_in(now);
      if (socket_.state() == ServerSocket::State::connected)
        core_.connection_ended(written.why, now);
      return;
    }
    core_.written(written.bytes, now);
    if (written.bytes < bytes.size()) {
      wants_write_ = true;
      return;
    }
  }
}

void ClientThread::read_in(TimePoint now) {
  for (int i = 0; i < reads_per_round; ++i) {
    if (socket_.state() != ServerSocket::State::connected) return;
    const ServerSocket::Transfer read = socket_.read(room_);
    if (read.ended) {
      core_.connection_ended(read.why, now);
      do_orders(now);
      return;
    }
    core_.received(std::string_view(room_.data(), read.bytes), now);
    do_orders(now);
    if (read.bytes < room_.size()) return;
  }
}

void ClientThread::deliver(TimePoint now) {
  write_notes(now);
  publish();
  if (const std::optional<ServerFacts> facts = core_.take_facts();
      facts && settings_.on_connected) {
    settings_.on_connected(*facts);
  }
  for (Pipeline::Outcome& one : core_.take_outcomes()) one.done(std::move(one.result));
}

void ClientThread::tick(TimePoint now) {
  if (!settings_.on_tick || now < tick_at_) return;
  tick_at_ = later(now, settings_.tick);
  settings_.on_tick();
}

void ClientThread::write_notes(TimePoint now) {
  for (const ClientCore::Note& note : core_.take_notes()) {
    if (const std::uint64_t left_out = lines_.reopened(now); left_out > 0) {
      log_.info("{} lines were left out", left_out);
    }
    if (!lines_.admits(now)) continue;
    if (note.level == LogLevel::warn) {
      log_.warn("{}", note.text);
    } else {
      log_.info("{}", note.text);
    }
  }
}

void ClientThread::publish() {
  const std::lock_guard lock(mutex_);
  counts_.commands = core_.pipeline().counts();
  counts_.connections = core_.counts();
  counts_.log_lines_left_out = lines_.all_suppressed();
  counts_.waiting = core_.pipeline().commands();
  counts_.waiting_bytes = core_.pipeline().bytes();
  counts_.is_connected = core_.state() == ClientCore::State::ready;
}

bool ClientThread::has_ended(TimePoint now) {
  {
    const std::lock_guard lock(mutex_);
    if (!end_at_ || !handed_.empty()) return false;
    if (!core_.pipeline().is_idle() && now < *end_at_) return false;
  }
  core_.end(now);
  do_orders(now);
  deliver(now);
  return true;
}

void ClientThread::sleep(TimePoint now) {
  std::array<pollfd, 2> items{};
  items[0] = {.fd = wake_.number(), .events = POLLIN, .revents = 0};
  items[1] = {.fd = socket_.descriptor(), .events = POLLIN, .revents = 0};  // -1: left alone.
  const bool connecting = socket_.state() == ServerSocket::State::connecting;
  if (connecting) items[1].events = POLLOUT;
  if (wants_write_) items[1].events = POLLIN | POLLOUT;
  TimePoint deadline = std::min(core_.deadline(), socket_.deadline());
  if (settings_.on_tick) deadline = std::min(deadline, tick_at_);
  {
    const std::lock_guard lock(mutex_);
    is_asleep_ = handed_.empty();
    if (!is_asleep_) deadline = now;
    if (end_at_) deadline = std::min(deadline, *end_at_);
  }
  const int count = ::poll(items.data(), items.size(), poll_timeout(deadline, now));
  is_readable_ = is_writable_ = false;
  if (count <= 0) return;
  if (items[0].revents != 0) {
    std::uint64_t ignored = 0;
    static_cast<void>(::read(wake_.number(), &ignored, sizeof ignored));
  }
  is_readable_ = (items[1].revents & (POLLIN | POLLERR | POLLHUP)) != 0;
  is_writable_ = (items[1].revents & (POLLOUT | POLLERR | POLLHUP)) != 0;
}

}  // namespace troupe::redis
