// ChildProcess: a program that a test starts, reads the first line of, and ends.
#pragma once

#include <sys/types.h>
#include <chrono>
#include <string>
#include <vector>

/// Owner only. Ends, and is waited for, with its owner.
class ChildProcess {
 public:
  /// Throws std::runtime_error when it cannot be started.
  ChildProcess(const std::string& program, const std::vector<std::string>& arguments);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// The next line of its output. Throws std::runtime_error when none comes in time.
  [[nodiscard]] std::string read_line(std::chrono::milliseconds timeout);

  /// kill -9, and waits until it is gone.
  void kill();

  /// Stops it, as if its machine stood still, and waits until that is so. Its connections stay.
  void pause() const;
  void resume() const;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  void signal(int number) const;

  /// Waits until it has ended by itself. Its exit code, or minus the number of the signal that
  /// ended it. Throws std::runtime_error when it has not ended in time.
  int wait_for_end(std::chrono::milliseconds timeout);

  /// Ends its standard input.
  void close_input();

  /// Closes its standard input and waits until it has ended by itself. Its exit code.
  int finish();

 private:
  int wait();

  pid_t pid_ = -1;
  int input_ = -1;
  int output_ = -1;
};
