// The command line of a program that is made by node_main(): what is to be done, and the settings
// that flags give.
#pragma once

#include <string>
#include <troupe/program/configuration.hpp>
#include <troupe/program/storage/storage_order.hpp>
#include <variant>
#include <vector>

namespace troupe::program {

enum class Command : std::uint8_t {
  node,
  config,
  tell,
  ask,
  status,
  members,
  leave,
  down,
  keygen,
  demo,
  storage  ///< queue, dlq, journal or storage: CommandLine::storage says which, and what.
};

/// Processes of the command `demo`.
inline constexpr std::size_t demo_nodes_min = 3;
inline constexpr std::size_t demo_nodes_max = 9;

struct CommandLine {
  Command command = Command::node;

  // Of all but keygen.
  std::string config_file;        ///< Empty: none was said.
  std::vector<GivenValue> flags;  ///< Those that were given, in the order of the table.

  // Of those that ask a node.
  std::string target;          ///< A path, or the address of a node.
  std::string json;            ///< The message.
  std::string type;            ///< The message's type; empty: the one that fits.
  std::string timeout = "5s";  ///< A duration, which nobody has looked at yet.
  bool as_json = false;        ///< Of status and members: prints JSON.
  std::string node;            ///< Of down: the address of the member that is asked to.

  StorageOrder storage;  ///< Of what looks into storage.

  // Of keygen.
  std::string key_owner;
  std::string key_file;  ///< Empty: by the owner's name.

  // Of demo.
  std::size_t demo_nodes = demo_nodes_min;
  bool demo_stays = false;
};

/// What the arguments say; or the exit code, where all is done: help was asked for, or an argument
/// is wrong, and what there is to say of that is printed. `argv[0]` is what the program is called.
[[nodiscard]] std::variant<CommandLine, int> parse_command_line(int argc, const char* const* argv);

}  // namespace troupe::program
