// The values that a node starts with: a flag goes before the environment, that before the file, and
// that before the default.
#pragma once

#include <string>
#include <troupe/base/log.hpp>
#include <troupe/program/configuration.hpp>
#include <vector>

namespace troupe::program {

/// Where values come from, the parts that the process has handed in.
struct Givers {
  std::string config_file = {};  ///< Empty: none.
  std::vector<GivenValue> environment = {};
  std::vector<GivenValue> flags = {};
};

/// Applies the values in their order of precedence, reads the key files that they name, and checks
/// all. Errors: `invalid_setting`, which begin with the place where the wrong value was given.
/// Blocks for the disk.
[[nodiscard]] Result<Effective> effective(const Givers& givers);

/// The same without a look at any file: `values` lowest precedence first.
[[nodiscard]] Result<Effective> merged(const std::vector<GivenValue>& values);

/// NodeSettings::validate(), with the place of the value that it objects to before its reason.
[[nodiscard]] Result<void> check(const Effective& effective);

/// That a valid configuration says.
[[nodiscard]] LogLevel log_level(const Configuration& configuration) noexcept;

/// The variables of settings in an environment, as `environ` has it, that are not empty; and a
/// warning for each that begins with TROUPE_ and is none. An empty one counts as not set.
struct EnvironmentValues {
  std::vector<GivenValue> values;
  std::vector<std::string> warnings;
  std::string config_file;  ///< TROUPE_CONFIG; empty: none.
};
[[nodiscard]] EnvironmentValues values_of(const char* const* environment);

/// One line for each setting: its key, its value as the node uses it, and where that came from;
/// then the times that follow. As TOML, but for the origins, which are comments.
[[nodiscard]] std::string print(const Effective& effective);

}  // namespace troupe::program
