#include <troupe/node/run_until_signal.hpp>

#include <signal.h>
#include <troupe/actor/actor_system.hpp>
#include <troupe/actor/ports/local_actors.hpp>
#include <troupe/node/end_watch.hpp>
#include <troupe/node/node.hpp>

namespace troupe {
namespace {

const char* words_for(int number) {
  switch (number) {
    case SIGTERM: return "SIGTERM came: shuts down; another signal ends the process at once";
    case SIGINT: return "SIGINT came: shuts down; another signal ends the process at once";
    default: return "the end was asked for: shuts down; a second signal ends the process at once";
  }
}

template <class T>
ShutdownReport wait_and_shut_down(T& one, const ActorSystem& system, const EndWatch& watch) {
  const int number = watch.wait();
  runtime::LocalActors(system.core()).log(system.name()).info("{}", words_for(number));
  return one.shutdown();
}

}  // namespace

ShutdownReport run_until_signal(Node& node, const EndWatch& watch) {
  return wait_and_shut_down(node, node.system(), watch);
}
ShutdownReport run_until_signal(ActorSystem& system, const EndWatch& watch) {
  return wait_and_shut_down(system, system, watch);
}
ShutdownReport run_until_signal(Node& node) { return run_until_signal(node, EndWatch()); }
ShutdownReport run_until_signal(ActorSystem& system) {
  return run_until_signal(system, EndWatch());
}

}  // namespace troupe
