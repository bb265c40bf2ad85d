// What a user's program that is built with ThreadSanitizer, and uses a node, tells it of libzmq,
// without being asked to: libzmq is not built with the sanitizer, so what its threads do to memory
// that passes between them would look like races.
//
// It is the program's __tsan_default_suppressions(). A program that has one of its own defines
// TROUPE_OWN_TSAN_SUPPRESSIONS in its build, and returns `called_from_lib:libzmq.so` and
// `called_from_lib:libsodium.so` as well.
#pragma once

#include <troupe/base/hand_over.hpp>

#if defined(TROUPE_SANITIZES_THREADS) && !defined(TROUPE_IN_LIBRARY) && \
    !defined(TROUPE_OWN_TSAN_SUPPRESSIONS)

namespace troupe::transport {

extern const char tsan_suppressions;
/// Has the linker take the file that defines them.
[[gnu::used]] inline const char* const needs_tsan_suppressions = &tsan_suppressions;

}  // namespace troupe::transport

#endif
