// Configuration: all that an operator may set of a node, and where each value came from.
#pragma once

#include <cstdint>
#include <string>
#include <troupe/node/node_settings.hpp>
#include <troupe/program/storage_choice.hpp>
#include <vector>

namespace troupe::program {

/// What the settings of setting_table.hpp are read into. Files are not opened by reading it.
struct Configuration {
  /// Whose `cluster` is made of the next ones, where there are seeds or a Redis.
  NodeSettings node;
  ClusterSettings cluster;
  std::vector<std::string> labels;  ///< Of the cluster, as "zone=1".
  std::string split_brain = "keep_majority";
  std::string times = "standard";  ///< Those of the cluster that nobody gives; or "local".
  std::string keys_file;           ///< Empty: no keys.
  std::string trusted_file;        ///< Empty: no keys.
  std::string log_level = "info";
  StorageChoice storage;  ///< Not opened yet.
};

/// Whose word a value is: each of these goes before the ones above it here.
enum class Source : std::uint8_t { built_in, file, environment, flag };

struct Origin {
  Source source = Source::built_in;
  std::string place;  ///< "node.toml:3:1", "TROUPE_NAME", "--name"; empty for a default.
};

/// How a value was written. What comes from a flag or the environment is `bare`: text that is
/// whatever the setting wants.
enum class Form : std::uint8_t { bare, text, integer, real, truth, list, other };

/// One value that somebody has given.
struct GivenValue {
  std::string key;  ///< "transport.frame_bytes_max".
  Form form = Form::bare;
  std::string text;  ///< As it would stand behind a flag; of `other`, what it is: "a date".
  Origin origin;
};

/// The values with which a node starts, and the origin of each, by the order of the table.
struct Effective {
  Configuration configuration;
  std::vector<Origin> origins;
};

}  // namespace troupe::program
