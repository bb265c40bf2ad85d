// What the C++ benchmarks of two processes share: the second process, and the size of the work.
//
// The first process forks the second, which becomes the other node; so this must happen before
// either starts a thread. They share nothing but a pipe, through which the second says where it is.
// It is C++17, for the peers that are no newer.
#pragma once

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace bench {

// A tell carries two numbers of 8 bytes and a text with a length of 2 bytes: 32 bytes and 1 KiB.
inline constexpr std::size_t short_text_bytes = 32 - 18;
inline constexpr std::size_t long_text_bytes = 1024 - 18;

inline constexpr long asks_outstanding = 1'000;

// Asks one at a time: so many are timed, after so many that warm everything up.
inline constexpr long timed_asks = 30'000;
inline constexpr long untimed_asks = 5'000;

// The value that the share `share` of the values do not exceed; 0.5 is the median.
inline double quantile(std::vector<double> values, double share) {
  const auto rank = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1));
  const auto place = values.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

// How often threads of a process have given up their core: to wait, and because others had to run.
struct Switches {
  long voluntary = 0;
  long forced = 0;

  friend Switches operator-(Switches one, Switches other) {
    return {one.voluntary - other.voluntary, one.forced - other.forced};
  }
  friend Switches operator+(Switches one, Switches other) {
    return {one.voluntary + other.voluntary, one.forced + other.forced};
  }
};

// By the threads that it has now.
inline Switches switches_of(pid_t process) {
  Switches sum;
  const std::string tasks = "/proc/" + std::to_string(process) + "/task";
  for (const auto& task : std::filesystem::directory_iterator(tasks)) {
    std::ifstream status(task.path() / "status");
    for (std::string name; status >> name;) {
      if (name == "voluntary_ctxt_switches:" || name == "nonvoluntary_ctxt_switches:") {
        long count = 0;
        status >> count;
        (name[0] == 'v' ? sum.voluntary : sum.forced) += count;
      }
    }
  }
  return sum;
}

// Ends with its owner, or with the first process, whichever way that ends.
class SecondProcess {
 public:
  // Runs `node(said)` in the new process: it writes one line to `said`, then works until it is
  // ended. Owner only, and before any thread is started.
  template <class Node>
  explicit SecondProcess(Node node) {
    int ends[2] = {-1, -1};
    if (::pipe(ends) != 0) give_up("pipe");
    pid_ = ::fork();
    if (pid_ < 0) give_up("fork");
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::close(ends[0]);
      node(::fdopen(ends[1], "w"));
      std::_Exit(1);
    }
    ::close(ends[1]);
    hears_ = ::fdopen(ends[0], "r");
  }
  SecondProcess(const SecondProcess&) = delete;
  SecondProcess& operator=(const SecondProcess&) = delete;
  ~SecondProcess() {
    std::fclose(hears_);
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  [[nodiscard]] pid_t pid() const { return pid_; }

  // Waits for the line that it says.
  [[nodiscard]] std::string line() {
    std::string words;
    for (int next = std::fgetc(hears_); next != '\n'; next = std::fgetc(hears_)) {
      if (next == EOF) give_up("the second process");
      words.push_back(static_cast<char>(next));
    }
    return words;
  }

 private:
  [[noreturn]] static void give_up(const char* what) {
    std::fprintf(stderr, "bench: %s failed\n", what);
    std::exit(1);
  }

  pid_t pid_ = -1;
  std::FILE* hears_ = nullptr;
};

// Says the one line that SecondProcess::line() waits for.
inline void say_line(std::FILE* said, const std::string& words) {
  std::fprintf(said, "%s\n", words.c_str());
  std::fclose(said);
}

// What the second process does once its threads do the work.
[[noreturn]] inline void wait_to_be_ended() {
  while (true) ::pause();
}

}  // namespace bench
