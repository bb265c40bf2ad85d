// What code that is compiled with our headers and the library must agree on, checked when they are
// linked: the linker does not find `troupe::layout_1` where the library is of another version of
// these headers, or has other standard containers. Then compile against the headers that were
// installed with the library, and with the standard library and the checks of containers that it
// was built with.
//
// The number goes up by one whenever a type that is in a header, or a function that is inline
// there, changes so that code compiled before does not fit any more. Nothing in our headers
// depends on other flags of the compiler: not on NDEBUG, optimisation, sanitizers, or the version
// of C++.
#pragma once

#include <string>

#if defined(_LIBCPP_VERSION)
#define TROUPE_LAYOUT layout_1_with_libcxx
#elif defined(_GLIBCXX_DEBUG)
#define TROUPE_LAYOUT layout_1_with_debug_containers
#elif defined(_GLIBCXX_USE_CXX11_ABI) && !_GLIBCXX_USE_CXX11_ABI
#define TROUPE_LAYOUT layout_1_with_old_strings
#else
#define TROUPE_LAYOUT layout_1
#endif

namespace troupe {

extern const char TROUPE_LAYOUT;
/// One in every object file, used or not: of an `inline` one the linker would keep the first alone.
[[gnu::used]] const char* const needs_layout = &TROUPE_LAYOUT;

}  // namespace troupe
