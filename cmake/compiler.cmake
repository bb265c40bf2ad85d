# How our own code is compiled: the language, the warnings, the sanitizers. What users compile
# against our headers gets nothing of this but C++20.

set(CMAKE_CXX_EXTENSIONS OFF)

# Both g++ 12 and clang 19 pass these; presets turn them into errors.
set(TROUPE_WARNINGS
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
    -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align -Wformat=2 -Wimplicit-fallthrough)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Wrongly reported for `"text" + std::string` at -O2 and above (GCC bug 105651).
  list(APPEND TROUPE_WARNINGS -Wno-restrict)
endif()

if(PROJECT_IS_TOP_LEVEL)
  set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
  if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
  endif()
  find_program(TROUPE_CCACHE ccache)
  if(TROUPE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${TROUPE_CCACHE})
  endif()
endif()

# Sanitizers change the ABI of what they touch, so they hold for the whole build.
if(TROUPE_SANITIZE STREQUAL "address")
  set(troupe_sanitize_flags -fsanitize=address,undefined -fno-sanitize-recover=all)
elseif(TROUPE_SANITIZE STREQUAL "thread")
  # Suppressions too are those of sanitizer_options.cpp.
  set(troupe_sanitize_flags -fsanitize=thread -DTROUPE_OWN_TSAN_SUPPRESSIONS)
elseif(TROUPE_SANITIZE)
  message(FATAL_ERROR "TROUPE_SANITIZE is '${TROUPE_SANITIZE}'; use address, thread or nothing")
endif()
set(TROUPE_LIBFUZZER FALSE)
if(TROUPE_SANITIZE STREQUAL "address" AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  set(TROUPE_LIBFUZZER TRUE)
endif()
if(TROUPE_SANITIZE)
  add_compile_options(${troupe_sanitize_flags} -fno-omit-frame-pointer)
  add_link_options(${troupe_sanitize_flags})

  find_program(TROUPE_SYMBOLIZER NAMES llvm-symbolizer-19 addr2line REQUIRED)
  add_library(troupe_sanitizer_options OBJECT ${CMAKE_CURRENT_LIST_DIR}/sanitizer_options.cpp)
  target_compile_definitions(troupe_sanitizer_options
    PRIVATE TROUPE_SYMBOLIZER="${TROUPE_SYMBOLIZER}")
endif()

# Headers are written <troupe/layer/unit.hpp>. In the build tree `troupe` is a link to the sources.
set(TROUPE_BUILD_INCLUDE_DIR ${PROJECT_BINARY_DIR}/include)
file(MAKE_DIRECTORY ${TROUPE_BUILD_INCLUDE_DIR})
file(CREATE_LINK ${PROJECT_SOURCE_DIR} ${TROUPE_BUILD_INCLUDE_DIR}/troupe SYMBOLIC)

# Marks a target as our own code: C++20 without extensions, all warnings, and __FILE__ (which
# TROUPE_CHECK prints) without the path of the machine that built it.
function(troupe_own_code target)
  target_compile_features(${target} PRIVATE cxx_std_20)
  target_compile_options(${target} PRIVATE
    ${TROUPE_WARNINGS}
    -fmacro-prefix-map=${TROUPE_BUILD_INCLUDE_DIR}/=
    -fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=troupe/)
  get_target_property(type ${target} TYPE)
  if(TROUPE_SANITIZE AND type STREQUAL "EXECUTABLE")
    target_link_libraries(${target} PRIVATE troupe_sanitizer_options)
  endif()
endfunction()
