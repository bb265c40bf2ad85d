// Tests of a process that forks while a system runs: the child may exec or _exit, and the parent
// notices nothing.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <troupe/troupe.hpp>
#include <vector>

namespace troupe {
namespace {

using namespace std::chrono_literals;

struct Ping {
  using Reply = int;
};

class Echo : public Actor {
 public:
  using Protocol = Accepts<Ping>;
  int on(Ping) { return 1; }
};

int status_of(pid_t child) {
  int status = -1;
  if (::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

TEST(AForkedChild, MayExecOrExitAtOnceWhileTheParentsSystemRuns) {
  ActorSystem system("parent", {.workers = 2}, real_platform(LogLevel::off));
  auto echo = system.spawn<Echo>("echo");
  std::atomic<bool> done{false};
  std::thread asker([&] {
    while (!done) EXPECT_TRUE(echo.ask(Ping{}, 20s).get().ok());
  });

  for (int i = 0; i < 20; ++i) {
    const pid_t exits = ::fork();
    if (exits == 0) ::_exit(7);
    const pid_t executes = ::fork();
    if (executes == 0) {
      ::execl("/bin/true", "true", nullptr);
      ::_exit(1);
    }
    EXPECT_EQ(status_of(exits), 7);
    EXPECT_EQ(status_of(executes), 0);
  }

  done = true;
  asker.join();
  EXPECT_TRUE(system.shutdown().complete());
}

}  // namespace
}  // namespace troupe
