// TROUPE_CHECK: a programmer's error ends the process with a reason, in every build.
//   TROUPE_CHECK(share <= 1, "share is a part of the whole: from 0 to 1");
#pragma once

#include <string_view>

namespace troupe {

/// Writes what was violated and where to standard error, in one line, and aborts: nothing is shut
/// down, no destructor runs, and SIGABRT leaves a core dump where these are on. The log is not
/// asked. For TROUPE_CHECK; any thread.
[[noreturn]] void check_failed(const char* condition, std::string_view hint, const char* file,
                               int line) noexcept;

}  // namespace troupe

/// Aborts unless `condition` holds; `hint` says what the caller has to do instead. Never compiled
/// out. The condition is evaluated once, and the hint only where it does not hold. For mistakes of
/// who wrote the program; what comes from outside is a Result. Any thread, handlers too: it is no
/// failure of an actor, which a supervisor could mend.
#define TROUPE_CHECK(condition, hint)                \
  (__builtin_expect(static_cast<bool>(condition), 1) \
       ? static_cast<void>(0)                        \
       : ::troupe::check_failed(#condition, hint, __FILE__, __LINE__))
