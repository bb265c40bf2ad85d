#include <troupe/node/run_until_signal.hpp>

#include <signal.h>
#include <optional>
#include <thread>
#include <troupe/actor/actor_system.hpp>
#include <troupe/actor/ports/local_actors.hpp>
#include <troupe/node/end_watch.hpp>
#include <troupe/node/node.hpp>

namespace troupe {
namespace {

const char* words_for(int number) {
  switch (number) {
    case SIGTERM: return "SIGTERM came: shuts down";
    case SIGINT: return "SIGINT came: shuts down";
    default: return "the end was asked for: shuts down";
  }
}

Logger log_of(const ActorSystem& system) {
  return runtime::LocalActors(system.core()).log(system.name());
}

/// While it lives a second signal has the node hand over nothing more.
class HurriedBySignal {
 public:
  HurriedBySignal(Node& node, const EndWatch& watch) : watch_(watch) {
    thread_ = std::jthread([&node, &watch] {
      if (!watch.wait_for_second()) return;
      log_of(node.system())
          .warn(
              "a second signal came: nothing is handed over any more; a third one ends the "
              "process at once");
      node.cluster().skip_hand_over();
    });
  }
  ~HurriedBySignal() { watch_.stop_waiting(); }
  HurriedBySignal(const HurriedBySignal&) = delete;
  HurriedBySignal& operator=(const HurriedBySignal&) = delete;

 private:
  const EndWatch& watch_;
  std::jthread thread_;  // Joined after the above.
};

template <class T>
ShutdownReport wait_and_shut_down(T& one, const ActorSystem& system, const EndWatch& watch) {
  const int number = watch.wait();
  log_of(system).info("{}", words_for(number));
  return one.shutdown();
}

}  // namespace

ShutdownReport run_until_signal(Node& node, const EndWatch& watch) {
  std::optional<HurriedBySignal> hurried;
  if (node.has_cluster()) hurried.emplace(node, watch);
  return wait_and_shut_down(node, node.system(), watch);
}
ShutdownReport run_until_signal(ActorSystem& system, const EndWatch& watch) {
  return wait_and_shut_down(system, system, watch);
}
ShutdownReport run_until_signal(Node& node) {
  const bool hands_over = node.has_cluster();
  return run_until_signal(
      node, EndWatch(hands_over ? SecondSignal::is_noted : SecondSignal::ends_at_once));
}
ShutdownReport run_until_signal(ActorSystem& system) {
  return run_until_signal(system, EndWatch());
}

}  // namespace troupe
