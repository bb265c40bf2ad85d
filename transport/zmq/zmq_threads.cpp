#include <troupe/transport/zmq/zmq_threads.hpp>

#include <pthread.h>
#include <signal.h>
#include <array>
#include <latch>
#include <string>
#include <system_error>
#include <thread>

namespace troupe::transport {

bool has_zmq_threads_left() noexcept {
  std::latch all_tried(1);
  std::array<std::jthread, zmq_threads> threads;
  bool got_all = true;
  for (std::jthread& thread : threads) {
    try {
      thread = std::jthread([&] { all_tried.wait(); });
    } catch (const std::system_error&) {
      got_all = false;
    }
  }
  all_tried.count_down();
  return got_all;
}

Error no_threads_left(const char* reason) {
  return Error(ErrorCode::limit_reached,
               "no thread for the links can be started (" + std::string(reason) + ")");
}

void block_signals() noexcept {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace troupe::transport
