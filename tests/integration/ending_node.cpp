// A node that run_until_signal() ends, for tests to send signals to. Its arguments say what else:
//   stuck    an actor's handler does not return
//   patient  the shutdown may last an hour
//   ignores  SIGINT is ignored before
// Prints "ready" or, once the handler is stuck, "stuck"; in the end what of it went well.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string_view>
#include <troupe/troupe.hpp>
#include <vector>

namespace {

void say(const char* word) { std::cout << word << std::endl; }

struct Block {};

class Guest : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Block>;
  void on(Block) {
    say("stuck");
    while (true) ::pause();
  }
  void on_stop() override { say("stopped"); }
};

}  // namespace

int main(int argc, char** argv) {
  using namespace std::chrono_literals;
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  const auto has = [&](std::string_view word) {
    return std::ranges::find(arguments, word) != arguments.end();
  };
  if (has("ignores")) ::signal(SIGINT, SIG_IGN);
  const troupe::Duration timeout = has("patient") ? troupe::Duration(1h) : 100ms;
  troupe::Node node({.name = "guesthouse",
                     .listen = "127.0.0.1:0",
                     .system = {.shutdown_timeout = has("stuck") ? timeout : 10s},
                     .transport = {.linger = 50ms}},
                    troupe::real_platform(troupe::LogLevel::off));
  auto guest = node.spawn<Guest>("guest");
  if (has("stuck")) {
    guest.tell(Block{});
  } else {
    say("ready");
  }
  const bool complete = troupe::run_until_signal(node).complete();
  say(complete ? "complete" : "held up");
  if (!complete) std::_Exit(3);  // What belongs to the stuck actor is in use, and not leaked.
  return 0;
}
