// EndWatch: notes that the process is told to end, by SIGTERM, by SIGINT, or by its own code.
// run_until_signal() has one for as long as it waits; a program whose start takes long makes one
// first, so that what comes early is acted upon once the start is done.
//
//   troupe::EndWatch watch;
//   troupe::Node node({.name = "bank", .listen = "127.0.0.1:7001"});
//   load_accounts(node);  // a signal that comes now is noted
//   return troupe::run_until_signal(node, watch).complete() ? 0 : 1;
#pragma once

#include <memory>

namespace troupe {

/// Any thread, but for construction and destruction, which are of one.
class EndWatch {
 public:
  /// From now on the first signal, SIGTERM or SIGINT, is noted and ends nothing. A second one, of
  /// either kind, ends the process at once, as the first would have without a watch; process 1 of a
  /// container, which no such signal would end, exits with 128 and the signal's number. A signal
  /// that the process ignores, as SIGINT in the background of a shell, is still ignored.
  ///
  /// One at a time in a process. Throws Failure: `refused` where there is another; `limit_reached`
  /// without a file descriptor.
  EndWatch();
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

  /// How many signals have come.
  [[nodiscard]] int signals() const noexcept;

 private:
  struct Before;
  std::unique_ptr<Before> before_;
};

}  // namespace troupe
