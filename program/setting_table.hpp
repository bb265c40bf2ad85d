// The one table of what can be set. A setting that is not in it cannot be configured.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <troupe/program/setting.hpp>
#include <vector>

namespace troupe::program {

/// All of them, table by table.
[[nodiscard]] std::span<const Setting> settings() noexcept;
/// Null for none.
[[nodiscard]] const Setting* find_setting(std::string_view key) noexcept;
[[nodiscard]] std::vector<std::string> setting_keys();

}  // namespace troupe::program
