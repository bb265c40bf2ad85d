#include <troupe/transport/sockets/event_poll.hpp>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <array>
#include <limits>
#include <troupe/base/check.hpp>

namespace troupe::transport {
namespace {

constexpr EventPoll::Source woken = std::numeric_limits<EventPoll::Source>::max();
constexpr EventPoll::Source interrupted = woken - 1;

int make_event() noexcept { return ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

void raise(int event) noexcept {
  const std::uint64_t one = 1;
  static_cast<void>(::write(event, &one, sizeof one));
}

void lower(int event) noexcept {
  std::uint64_t count = 0;
  static_cast<void>(::read(event, &count, sizeof count));
}

}  // namespace

EventPoll::EventPoll()
    : wake_fd_(make_event()),
      interrupt_fd_(make_event()),
      epoll_fd_(::epoll_create1(EPOLL_CLOEXEC)) {
  TROUPE_CHECK(wake_fd_ >= 0 && interrupt_fd_ >= 0 && epoll_fd_ >= 0,
               "the process has no file descriptors left");
  TROUPE_CHECK(add(wake_fd_, woken) && add(interrupt_fd_, interrupted),
               "the kernel observes no more descriptors");
}

EventPoll::~EventPoll() {
  ::close(wake_fd_);
  ::close(interrupt_fd_);
  ::close(epoll_fd_);
}

bool EventPoll::add(int descriptor, Source source, Interest interest) noexcept {
  epoll_event event{};
  event.events = interest == Interest::read ? EPOLLIN : EPOLLOUT;
  event.data.u64 = source;
  return ::epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void EventPoll::remove(int descriptor) noexcept {
  ::epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, descriptor, nullptr);
}

void EventPoll::wait(int milliseconds, std::vector<Source>& ready) {
  std::array<epoll_event, 64> events;
  const int count =
      ::epoll_wait(epoll_fd_, events.data(), static_cast<int>(events.size()), milliseconds);
  for (int i = 0; i < count; ++i) {
    const Source source = events[static_cast<std::size_t>(i)].data.u64;
    if (source == woken) {
      lower(wake_fd_);
    } else if (source != interrupted) {
      ready.push_back(source);
    }
  }
}

void EventPoll::wake() noexcept { raise(wake_fd_); }

// The flag is set last and cleared first: a descriptor that is raised has its flag, or soon has.
void EventPoll::interrupt() noexcept {
  raise(interrupt_fd_);
  interrupted_.store(true, std::memory_order_seq_cst);
}

void EventPoll::end_interruption() noexcept {
  if (!interrupted_.load(std::memory_order_relaxed)) return;
  interrupted_.store(false, std::memory_order_seq_cst);
  lower(interrupt_fd_);
}

}  // namespace troupe::transport
