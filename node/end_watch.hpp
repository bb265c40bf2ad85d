// EndWatch: notes that the process is told to end, by SIGTERM, by SIGINT, or by its own code.
// run_until_signal() has one for as long as it waits; a program whose start takes long makes one
// first, so that what comes early is acted upon once the start is done.
//
//   troupe::EndWatch watch;
//   troupe::Node node({.name = "bank", .listen = "127.0.0.1:7001"});
//   load_accounts(node);  // a signal that comes now is noted
//   return troupe::run_until_signal(node, watch).complete() ? 0 : 1;
#pragma once

#include <cstdint>
#include <memory>

namespace troupe {

/// What the second signal does.
enum class SecondSignal : std::uint8_t {
  ends_at_once,  ///< Ends the process.
  is_noted,      ///< Of a member of a cluster: nothing is handed over any more. The third ends it.
};

/// Any thread, but for construction and destruction, which are of one.
class EndWatch {
 public:
  /// From now on the first signal, SIGTERM or SIGINT, is noted and ends nothing; the second one, of
  /// either kind, too where it is said. The next one ends the process at once, as the first would
  /// have without a watch; process 1 of a container, which no such signal would end, exits with 128
  /// and the signal's number. A signal that the process ignores, as SIGINT in the background of a
  /// shell, is still ignored.
  ///
  /// One at a time in a process. Throws Failure: `refused` where there is another; `limit_reached`
  /// without a file descriptor.
  explicit EndWatch(SecondSignal second = SecondSignal::ends_at_once);
  /// Signals do what they did before.
  ~EndWatch();
  EndWatch(const EndWatch&) = delete;
  EndWatch& operator=(const EndWatch&) = delete;

  /// Asks for the end as the first signal does, and counts as none: however often it is called, and
  /// whatever signal comes first after it, nothing ends at once. Handlers too.
  void ask() noexcept;

  /// Waits until the end is asked for. Blocks the thread, which is not one of a handler or of a
  /// then(). The number of the first signal; 0 where there was none before ask().
  [[nodiscard]] int wait() const noexcept;

  /// Waits for a second signal that is noted. True once it has come; false once stop_waiting() was
  /// called. Blocks the thread.
  [[nodiscard]] bool wait_for_second() const noexcept;
  /// Nobody waits for a second signal any more.
  void stop_waiting() const noexcept;

  /// How many signals have come.
  [[nodiscard]] int signals() const noexcept;

 private:
  struct Before;
  std::unique_ptr<Before> before_;
};

}  // namespace troupe
