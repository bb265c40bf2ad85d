#include <troupe/node/end_watch.hpp>

#include <poll.h>
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

/// Can be read from once it has happened. Made once and kept: a handler may be about to use it.
class Happening {
 public:
  /// False without a file descriptor.
  [[nodiscard]] bool prepare() noexcept {
    if (descriptor_.load() < 0) descriptor_.store(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    std::uint64_t times = 0;
    [[maybe_unused]] const auto read = ::read(descriptor_.load(), &times, sizeof(times));
    return descriptor_.load() >= 0;
  }
  void happen() noexcept {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(descriptor_.load(), &one, sizeof(one));
  }
  void wait() const noexcept {
    pollfd event{descriptor_.load(), POLLIN, 0};
    ::poll(&event, 1, -1);
  }

 private:
  std::atomic<int> descriptor_{-1};
};

/// What the signal's handler may look at: it is called on any thread, in the middle of anything.
struct Told {
  std::atomic<bool> in_use{false};
  Happening end;              ///< The end is asked for.
  Happening second;           ///< A second signal has come, or nobody waits for one any more.
  std::atomic<int> last{2};   ///< The signal that ends the process, counted from the first.
  std::atomic<int> first{0};  ///< The signal that came first.
  std::atomic<int> signals{0};
  std::atomic<bool> is_asked{false};
  std::atomic<bool> is_over{false};  ///< Nobody waits for a second signal.
  std::array<std::atomic<bool>, ending_signals.size()> is_handled;  ///< And was not ignored.
};
constinit Told told;
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

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
  const int last = told.last.load();
  if (count >= last) return end_at_once(number);
  for (std::size_t i = 0; i < ending_signals.size() && count + 1 == last; ++i) {
    if (told.is_handled[i].load() && !is_first_process()) ::signal(ending_signals[i], SIG_DFL);
  }
  int none = 0;
  told.first.compare_exchange_strong(none, number);
  told.end.happen();
  if (count > 1) told.second.happen();
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
  const bool has_descriptors = told.end.prepare() && told.second.prepare();
  if (has_descriptors) return;
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

EndWatch::EndWatch(SecondSignal second) : before_(std::make_unique<Before>()) {
  take_place();
  told.last.store(second == SecondSignal::is_noted ? 3 : 2);
  told.is_over.store(false);
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
  told.end.happen();
}

int EndWatch::wait() const noexcept {
  while (!told.is_asked.load() && told.first.load() == 0) told.end.wait();
  return told.first.load();
}

bool EndWatch::wait_for_second() const noexcept {
  while (told.signals.load() < 2 && !told.is_over.load()) told.second.wait();
  return !told.is_over.load();
}

void EndWatch::stop_waiting() const noexcept {
  told.is_over.store(true);
  told.second.happen();
}

int EndWatch::signals() const noexcept { return told.signals.load(); }

}  // namespace troupe
