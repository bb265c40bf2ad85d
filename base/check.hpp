// TROUPE_CHECK: a programmer's error ends the process with a reason, in every build.
#pragma once

#include <string_view>

namespace troupe {

/// Writes what was violated and where to standard error, and aborts.
[[noreturn]] void check_failed(const char* condition, std::string_view hint, const char* file,
                               int line) noexcept;

}  // namespace troupe

/// Aborts unless `condition` holds; `hint` says what the caller has to do instead. Never compiled
/// out.
#define TROUPE_CHECK(condition, hint)                \
  (__builtin_expect(static_cast<bool>(condition), 1) \
       ? static_cast<void>(0)                        \
       : ::troupe::check_failed(#condition, hint, __FILE__, __LINE__))
