#include <troupe/node/run_until_signal.hpp>

#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <troupe/actor/actor_system.hpp>
#include <troupe/actor/ports/local_actors.hpp>
#include <troupe/base/descriptors.hpp>
#include <troupe/node/node.hpp>

namespace troupe {
namespace {

constexpr std::array ending_signals = {SIGTERM, SIGINT};

/// What the signal's handler may look at: it is called on any thread, in the middle of anything.
struct Told {
  std::atomic<bool> in_use{false};
  std::atomic<int> descriptor{-1};  ///< Made once and kept: a handler may still be about to use it.
  std::atomic<int> first{0};        ///< The signal that came first.
  std::array<std::atomic<bool>, ending_signals.size()> is_handled;  ///< And was not ignored.
};
constinit Told told;
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

/// The first signal wakes who waits. From then on they end the process again.
extern "C" void troupe_note_signal(int number) {
  const int error_before = errno;
  for (std::size_t i = 0; i < ending_signals.size(); ++i) {
    if (told.is_handled[i].load()) ::signal(ending_signals[i], SIG_DFL);
  }
  told.first.store(number);
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(told.descriptor.load(), &one, sizeof(one));
  errno = error_before;
}

sigset_t set_of_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : ending_signals) sigaddset(&set, number);
  return set;
}

/// While it lives the first signal of the process is noted.
class SignalWatch {
 public:
  SignalWatch() {
    if (told.in_use.exchange(true)) {
      throw Failure(Error(ErrorCode::refused, "another run_until_signal() of this process waits",
                          Execution::not_executed));
    }
    if (told.descriptor.load() < 0) told.descriptor.store(::eventfd(0, EFD_CLOEXEC));
    if (told.descriptor.load() < 0) {
      told.in_use.store(false);
      throw Failure(
          Error(ErrorCode::limit_reached, no_descriptors_left(), Execution::not_executed));
    }
    told.first.store(0);
    const sigset_t set = set_of_signals();
    pthread_sigmask(SIG_BLOCK, &set, &mask_before_);  // None comes while only one is handled.
    for (std::size_t i = 0; i < ending_signals.size(); ++i) begin(i);
    pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  }
  ~SignalWatch() {
    pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
    for (std::size_t i = 0; i < ending_signals.size(); ++i) {
      if (told.is_handled[i].exchange(false)) ::sigaction(ending_signals[i], &before_[i], nullptr);
    }
    told.in_use.store(false);
  }
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  /// The signal that has come.
  [[nodiscard]] static int wait() {
    while (told.first.load() == 0) {
      std::uint64_t times = 0;
      [[maybe_unused]] const auto read = ::read(told.descriptor.load(), &times, sizeof(times));
    }
    return told.first.load();
  }

 private:
  void begin(std::size_t place) {
    ::sigaction(ending_signals[place], nullptr, &before_[place]);
    if (before_[place].sa_handler == SIG_IGN) return;
    told.is_handled[place].store(true);
    struct sigaction action{};
    action.sa_handler = &troupe_note_signal;
    action.sa_flags = SA_RESTART;
    action.sa_mask = set_of_signals();
    ::sigaction(ending_signals[place], &action, nullptr);
  }

  std::array<struct sigaction, ending_signals.size()> before_{};
  sigset_t mask_before_{};
};

template <class T>
ShutdownReport wait_and_shut_down(T& one, const ActorSystem& system) {
  const SignalWatch watch;
  const int number = SignalWatch::wait();
  runtime::LocalActors(system.core())
      .log(system.name())
      .info("{} came: shuts down; another signal ends the process at once",
            number == SIGTERM ? "SIGTERM" : "SIGINT");
  return one.shutdown();
}

}  // namespace

ShutdownReport run_until_signal(Node& node) { return wait_and_shut_down(node, node.system()); }
ShutdownReport run_until_signal(ActorSystem& system) { return wait_and_shut_down(system, system); }

}  // namespace troupe
