// run_until_signal(): the last line of a server's main(), which ends it in order when the system,
// or whoever is at the keyboard, says so.
#pragma once

#include <troupe/actor/shutdown_report.hpp>

namespace troupe {

class ActorSystem;
class Node;

/// Waits until the process is told to end, by SIGTERM or SIGINT, then shuts the node down and
/// returns the report.
///
///   int main() {
///     troupe::Node node({.name = "bank", .listen = "127.0.0.1:7001"});
///     node.spawn<Account>("account");
///     return troupe::run_until_signal(node).complete() ? 0 : 1;
///   }
///
/// A second signal, of either kind, ends the process at once, as the first one would have without
/// this function: nobody has to wait for the shutdown_timeout [10 s]. A signal that the process
/// ignores, as SIGINT in the background of a shell, is still ignored. When this returns, signals do
/// what they did before; before it is called they end the process.
///
/// Blocks the thread, which is not one of a handler or of a then(); nothing but the wait happens in
/// the signal's own context. A program that wants to end by itself sends itself the signal,
/// `kill(getpid(), SIGTERM)`, from an actor too. One call at a time in a process. Throws Failure:
/// `refused` during another call; `limit_reached` without a file descriptor.
ShutdownReport run_until_signal(Node& node);
ShutdownReport run_until_signal(ActorSystem& system);

}  // namespace troupe
