// run_until_signal(): the last line of a server's main(), which ends it in order when the system,
// or whoever is at the keyboard, says so.
#pragma once

#include <troupe/actor/shutdown_report.hpp>

namespace troupe {

class ActorSystem;
class EndWatch;
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
/// A second signal, of either kind, ends the process at once: nobody has to wait for the
/// shutdown_timeout [10 s]. Where the node is in a cluster the second one has it hand over nothing
/// more (Cluster::skip_hand_over()), and the third one ends the process. What signals do meanwhile
/// is what EndWatch says; when this returns they do what they did before, and before it is called
/// they end the process: a program whose start takes long makes the watch first.
///
/// Blocks the thread, which is not one of a handler or of a then(); nothing but the wait happens in
/// the signal's own context. A program that wants to end by itself calls EndWatch::ask(), from an
/// actor too. One call at a time in a process. Throws Failure, where it is given no watch, as
/// EndWatch does, and std::system_error where a member's process gets no further thread.
ShutdownReport run_until_signal(Node& node);
ShutdownReport run_until_signal(ActorSystem& system);

/// The same by a watch that was made before, so that it acts upon what came since. What a second
/// signal does is as the watch was made.
ShutdownReport run_until_signal(Node& node, const EndWatch& watch);
ShutdownReport run_until_signal(ActorSystem& system, const EndWatch& watch);

}  // namespace troupe
