// node_main(): the whole of a program that is a node: its command line, its configuration by file,
// environment and flags, its end by signals, and the commands by which an operator looks into it
// from the shell. Links troupe::program.
//
//   #include <troupe/program/node_main.hpp>
//   #include <troupe/troupe.hpp>
//
//   int main(int argc, char** argv) {
//     return troupe::node_main(argc, argv, [](troupe::Node& node) {
//       node.spawn<Account>("account");
//     });
//   }
//
//   bank node --config bank.toml
//   bank ask troupe://bank@127.0.0.1:7001/user/account '{"cents": 500}' --type Deposit
#pragma once

#include <functional>

namespace troupe {

class Node;

/// Does what the arguments say, and returns the exit code for main(); docs/operations.md lists
/// both. `node` calls `setup` with the node once that listens: spawn the actors there, and keep
/// nothing of the node beyond the call; once it has returned the node counts as ready. What it
/// throws, whatever that is, ends the node in order and the program with a reason. A signal that
/// comes meanwhile, or an order to leave, is acted upon when it has returned. Other commands do not
/// call it.
///
/// Takes /user/troupe.console for an actor that answers the commands of the shell, and, where the
/// settings choose a storage, /user/troupe.storage for another one. The node has that storage as
/// NodeSettings::storage, so actors can be spawned with a durable_mailbox(). Blocks until all
/// is done; once in a process.
[[nodiscard]] int node_main(int argc, const char* const* argv,
                            const std::function<void(Node&)>& setup = {});

}  // namespace troupe
