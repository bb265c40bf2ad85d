// What times follow from a node's settings, for somebody who wants to know what happens when. Pure.
#pragma once

#include <string>
#include <troupe/node/node_settings.hpp>

namespace troupe::program {

/// Of a peer whose heartbeats came regularly, and that crashes, freezes or is cut off. Sums end at
/// Duration::max(), which is for ever.
struct LinkTimes {
  Duration unreachable_after;  ///< Its silence is suspicious.
  Duration down_after;         ///< It is declared down: watchers hear `node_down`.
  Duration actors_end_by;      ///< Of a shutdown: how long actors have.
  Duration shutdown_by;        ///< Of a shutdown: the whole.
};

[[nodiscard]] LinkTimes link_times(const NodeSettings& settings);

/// The silence after which phi reaches the threshold, where heartbeats came each `interval`.
[[nodiscard]] Duration suspicious_silence(const transport::FailureDetectorSettings& settings,
                                          Duration interval);

/// Lines of comments, as TOML has them.
[[nodiscard]] std::string print(const LinkTimes& times);
/// The same of a cluster of up to ten members.
[[nodiscard]] std::string print_cluster_times(const DetectionSettings& settings);
/// Those that follow besides where the members stand in a Redis.
[[nodiscard]] std::string print_table_times(const DetectionSettings& settings);

}  // namespace troupe::program
