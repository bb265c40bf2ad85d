// The commands by which somebody at a shell, or a script, looks into a node that runs: tell, ask
// and status.
#pragma once

#include <string>
#include <troupe/program/command_line.hpp>
#include <troupe/program/console.hpp>
#include <troupe/program/effective.hpp>

namespace troupe::program {

/// Carries the command out, prints what there is to print, and returns the exit code. What went
/// wrong is said on standard error. Throws Failure where there can be no client.
[[nodiscard]] int run_shell_command(const CommandLine& line, const Effective& effective);

/// A cluster as the command `members` prints it; no line end behind the last line.
[[nodiscard]] std::string as_text(const ClusterStatus& cluster);

/// The node that was said, or the one that a node with these settings would be. Errors: none was
/// said, and the settings have no port.
[[nodiscard]] Result<NodeAddress> asked_node(const std::string& said, const NodeSettings& settings);

/// Says something on standard error, behind the name by which the program was called.
void complain(const std::string& reason);

/// Says why the program ends, and returns the code.
[[nodiscard]] int fail(int code, const std::string& reason);

}  // namespace troupe::program
