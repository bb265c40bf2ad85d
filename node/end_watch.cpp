#include <troupe/node/end_watch.hpp>

#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <troupe/base/descriptors.hpp>
#include <troupe/base/result.hpp>

namespace troupe {
namespace {

constexpr std::array ending_signals = {SIGTERM, SIGINT};

/// The signal that ends the process at once, counted from the first.
constexpr int last_signal = 2;

/// What the signal's handler may look at: it is called on any thread, in the middle of anything.
struct Told {
  std::atomic<bool> in_use{false};
  std::atomic<int> descriptor{-1};  ///< Made once and kept: a handler may still be about to use it.
  std::atomic<int> first{0};        ///< The signal that came first.
  std::atomic<int> signals{0};
  std::atomic<bool> is_asked{false};
  std::array<std::atomic<bool>, ending_signals.size()> is_handled;  ///< And was not ignored.
};
constinit Told told;
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

void wake() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(told.descriptor.load(), &one, sizeof(one));
}

/// What a signal does that nobody handles is done to any process but the first of a container.
bool is_first_process() noexcept { return ::getpid() == 1; }

void end_at_once(int number) noexcept {
  if (is_first_process()) ::_exit(128 + number);
  ::signal(number, SIG_DFL);
  ::raise(number);  // It is blocked in its own handler, and taken when that returns.
}

/// Before the last signal they end the process again, without any code of ours.
extern "C" void troupe_note_signal(int number) {
  const int error_before = errno;
  const int count = told.signals.fetch_add(1) + 1;
  if (count >= last_signal) return end_at_once(number);
  for (std::size_t i = 0; i < ending_signals.size() && count + 1 == last_signal; ++i) {
    if (told.is_handled[i].load() && !is_first_process()) ::signal(ending_signals[i], SIG_DFL);
  }
  int none = 0;
  told.first.compare_exchange_strong(none, number);
  wake();
  errno = error_before;
}

sigset_t set_of_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : ending_signals) sigaddset(&set, number);
  return set;
}

void take_place() {
  if (told.in_use.exchange(true)) {
    throw Failure(Error(ErrorCode::refused,
                        "another EndWatch, or run_until_signal(), of this process waits",
                        Execution::not_executed));
  }
  if (told.descriptor.load() < 0) told.descriptor.store(::eventfd(0, EFD_CLOEXEC));
  if (told.descriptor.load() >= 0) return;
  told.in_use.store(false);
  throw Failure(Error(ErrorCode::limit_reached, no_descriptors_left(), Execution::not_executed));
}

}  // namespace

/// What the process did with the signals.
struct EndWatch::Before {
  std::array<struct sigaction, ending_signals.size()> actions{};
  sigset_t mask{};

  void replace(std::size_t place) {
    ::sigaction(ending_signals[place], nullptr, &actions[place]);
    if (actions[place].sa_handler == SIG_IGN) return;
    told.is_handled[place].store(true);
    struct sigaction action{};
    action.sa_handler = &troupe_note_signal;
    action.sa_flags = SA_RESTART;
    action.sa_mask = set_of_signals();
    ::sigaction(ending_signals[place], &action, nullptr);
  }
};

EndWatch::EndWatch() : before_(std::make_unique<Before>()) {
  take_place();
  told.first.store(0);
  told.signals.store(0);
  told.is_asked.store(false);
  const sigset_t set = set_of_signals();
  pthread_sigmask(SIG_BLOCK, &set, &before_->mask);  // None comes while only one is handled.
  for (std::size_t i = 0; i < ending_signals.size(); ++i) before_->replace(i);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

EndWatch::~EndWatch() {
  pthread_sigmask(SIG_SETMASK, &before_->mask, nullptr);
  for (std::size_t i = 0; i < ending_signals.size(); ++i) {
    if (!told.is_handled[i].exchange(false)) continue;
    ::sigaction(ending_signals[i], &before_->actions[i], nullptr);
  }
  told.in_use.store(false);
}

void EndWatch::ask() noexcept {
  told.is_asked.store(true);
  wake();
}

int EndWatch::wait() const noexcept {
  while (!told.is_asked.load() && told.first.load() == 0) {
    std::uint64_t times = 0;
    [[maybe_unused]] const auto read = ::read(told.descriptor.load(), &times, sizeof(times));
  }
  return told.first.load();
}

int EndWatch::signals() const noexcept { return told.signals.load(); }

}  // namespace troupe
