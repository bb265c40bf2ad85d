// ShutdownReport: how the end of a system, or of a node, went.
//
//   const auto report = system.shutdown();
//   if (!report.complete()) return 1;        // who held it up is in the log, by name
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace troupe {

/// The same for every call, once a shutdown has been carried out; a plain value.
struct ShutdownReport {
  /// Paths of the actors that had not ended at the deadline; those inside a handler come first.
  std::vector<std::string> unfinished;

  /// Functions given to then() that were held at the deadline: they had begun and not returned, or
  /// waited for one of SystemSettings::continuation_threads_max threads. The latter were given up:
  /// they never run, and their futures fail with `actor_stopped`.
  std::size_t continuations_held = 0;

  /// Of a node: messages to other nodes that were waiting to be sent, or to be answered for the
  /// first time, and were dropped when the time was over.
  std::uint64_t unsent = 0;

  /// Of a member of a cluster: names of the hooks of Cluster::before_leaving() that failed, were
  /// not done in time, or did not get their turn, in their order; the log says why.
  std::vector<std::string> not_handed_over;

  /// Why this call has neither shut down nor heard how that went; empty where it has. The other
  /// fields say nothing then, and a later call gets the report.
  std::string refusal;

  /// Everything has ended in time, and what was to be handed over was. Says nothing of `unsent`: a
  /// node may have ended in time and have dropped what another one did not take.
  [[nodiscard]] bool complete() const noexcept {
    return unfinished.empty() && continuations_held == 0 && not_handed_over.empty() &&
           refusal.empty();
  }
};

}  // namespace troupe
