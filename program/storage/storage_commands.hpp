// The commands queue, dlq, journal and storage: by which somebody at a shell looks into what is
// stored, and steers it.
#pragma once

#include <troupe/program/command_line.hpp>
#include <troupe/program/effective.hpp>

namespace troupe::program {

/// As run_shell_command(). What destroys something asks first on a terminal, and elsewhere wants
/// --yes.
[[nodiscard]] int run_storage_command(const CommandLine& line, const Effective& effective);

}  // namespace troupe::program
