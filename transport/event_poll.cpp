#include <troupe/transport/event_poll.hpp>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <array>
#include <cstdint>
#include <troupe/base/check.hpp>

namespace troupe::transport {

EventPoll::EventPoll()
    : wake_fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      epoll_fd_(::epoll_create1(EPOLL_CLOEXEC)) {
  TROUPE_CHECK(wake_fd_ >= 0 && epoll_fd_ >= 0, "the process has no file descriptors left");
  TROUPE_CHECK(add(wake_fd_, this), "the kernel observes no more descriptors");
}

EventPoll::~EventPoll() {
  ::close(wake_fd_);
  ::close(epoll_fd_);
}

bool EventPoll::add(int descriptor, void* source, Interest interest) noexcept {
  epoll_event event{};
  event.events = interest == Interest::read ? EPOLLIN : EPOLLOUT;
  event.data.ptr = source;
  return ::epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void EventPoll::remove(int descriptor) noexcept {
  ::epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, descriptor, nullptr);
}

const std::vector<void*>& EventPoll::wait(int milliseconds) {
  ready_.clear();
  sleeping_.store(true, std::memory_order_seq_cst);
  if (signalled_.load(std::memory_order_seq_cst)) milliseconds = 0;
  std::array<epoll_event, 64> events;
  const int count =
      ::epoll_wait(epoll_fd_, events.data(), static_cast<int>(events.size()), milliseconds);
  sleeping_.store(false, std::memory_order_relaxed);
  for (int i = 0; i < count; ++i) {
    void* const source = events[static_cast<std::size_t>(i)].data.ptr;
    if (source != this) {
      ready_.push_back(source);
      continue;
    }
    std::uint64_t wakes = 0;
    static_cast<void>(::read(wake_fd_, &wakes, sizeof wakes));
  }
  return ready_;
}

void EventPoll::wake() noexcept {
  if (signalled_.exchange(true, std::memory_order_seq_cst)) return;
  if (!sleeping_.load(std::memory_order_seq_cst)) return;
  const std::uint64_t one = 1;
  static_cast<void>(::write(wake_fd_, &one, sizeof one));
}

}  // namespace troupe::transport
