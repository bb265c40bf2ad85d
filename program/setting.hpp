// Setting: one thing that an operator may set: its key in a file, from which its flag and its
// environment variable follow, what it is, its range, and where in a Configuration it stands.
//
//   key                          flag                            environment variable
//   transport.frame_bytes_max    --transport-frame-bytes-max     TROUPE_TRANSPORT_FRAME_BYTES_MAX
#pragma once

#include <string>
#include <string_view>
#include <troupe/program/configuration.hpp>
#include <variant>
#include <vector>

namespace troupe::program {

/// Where the value stands. Its type says how it is written.
using SettingPlace = std::variant<std::string*, std::vector<std::string>*, bool*, unsigned*,
                                  std::size_t*, Duration*, double*>;

struct Setting {
  std::string_view key;
  bool is_size;            ///< Of a std::size_t: bytes, and not a count.
  std::string_view range;  ///< In words; empty where all values are right.
  std::string_view help;   ///< What it does, in one line, without its range.
  SettingPlace (*place)(Configuration& configuration);

  [[nodiscard]] std::string flag() const;
  [[nodiscard]] std::string variable() const;
  /// What it is, for "it has to be ...": "a duration such as \"10s\"".
  [[nodiscard]] std::string_view form() const;
  /// Whether a file has it in quotes.
  [[nodiscard]] bool is_written_in_quotes() const;
  /// Whether it is a list of text: a file has brackets around it, a flag commas within it.
  [[nodiscard]] bool is_list() const;
  /// Its value, as it is written behind a flag.
  [[nodiscard]] std::string value_in(const Configuration& configuration) const;
  /// The same for people to see: without a password.
  [[nodiscard]] std::string shown_in(const Configuration& configuration) const;
  /// Reads the value into its place. Errors: `invalid_setting`, what it is and what would be right,
  /// without the place where it was said.
  [[nodiscard]] Result<void> read(const GivenValue& given, Configuration& configuration) const;
};

}  // namespace troupe::program
