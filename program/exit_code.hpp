// ExitCode: what the shell, and whoever supervises the process, is told by a program's end.
//
// From 64 on they are those of sysexits.h; timed_out is that of timeout(1).
#pragma once

namespace troupe::program {

enum ExitCode : int {
  done = 0,
  failed = 1,           ///< What was asked for was refused, or did not end as it should.
  misused = 2,          ///< The command line is wrong.
  unfit_message = 65,   ///< The JSON is none, or no message that the actor accepts.
  no_actor = 66,        ///< Nobody is at the path.
  unavailable = 69,     ///< The node cannot be reached.
  condemned = 75,       ///< The node was down for its cluster: start it anew.
  wrong_settings = 78,  ///< A file, a variable or a flag is wrong, or does not fit the cluster.
  timed_out = 124,      ///< No answer came in time.
};

}  // namespace troupe::program
