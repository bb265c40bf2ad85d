# Finds what Troupe is built on. Our own build and the installed package both read this file, so
# that the two cannot disagree. Headers and libraries are looked up directly: the CMake packages of
# these projects change their names from one version to the next.

#
# What is missing is said in `troupe_missing`: an error here, and for find_package(troupe) a package
# that is not found.

set(troupe_missing)
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads QUIET)
if(NOT TARGET Threads::Threads)
  set(troupe_missing "Troupe needs threads, which this system has not.")
  return()
endif()

find_path(TROUPE_EXPECTED_INCLUDE_DIR tl/expected.hpp DOC "tl::expected (libexpected-dev)")
find_path(TROUPE_MSGPACK_INCLUDE_DIR msgpack.hpp DOC "msgpack for C++ (libmsgpack-cxx-dev)")
find_library(TROUPE_ZMQ_LIBRARY zmq DOC "libzmq (libzmq3-dev)")
find_path(TROUPE_HIREDIS_INCLUDE_DIR hiredis/read.h DOC "hiredis (libhiredis-dev)")
find_library(TROUPE_HIREDIS_LIBRARY hiredis DOC "hiredis (libhiredis-dev)")
find_path(TROUPE_SQLITE_INCLUDE_DIR sqlite3.h DOC "SQLite (libsqlite3-dev)")
find_library(TROUPE_SQLITE_LIBRARY sqlite3 DOC "SQLite (libsqlite3-dev)")
mark_as_advanced(TROUPE_EXPECTED_INCLUDE_DIR TROUPE_MSGPACK_INCLUDE_DIR TROUPE_ZMQ_LIBRARY
                 TROUPE_HIREDIS_INCLUDE_DIR TROUPE_HIREDIS_LIBRARY
                 TROUPE_SQLITE_INCLUDE_DIR TROUPE_SQLITE_LIBRARY)
if(NOT DEFINED TROUPE_WITH_REDIS)  # The installed package says what it was built with.
  set(troupe_redis_found OFF)
  if(TROUPE_HIREDIS_INCLUDE_DIR AND TROUPE_HIREDIS_LIBRARY)
    set(troupe_redis_found ON)
  endif()
  option(TROUPE_WITH_REDIS "Build the Redis client (needs libhiredis-dev)" ${troupe_redis_found})
endif()
if(NOT DEFINED TROUPE_WITH_SQLITE)  # As above.
  set(troupe_sqlite_found OFF)
  if(TROUPE_SQLITE_INCLUDE_DIR AND TROUPE_SQLITE_LIBRARY)
    set(troupe_sqlite_found ON)
  endif()
  option(TROUPE_WITH_SQLITE "Build storage in SQLite (needs libsqlite3-dev)" ${troupe_sqlite_found})
endif()
set(troupe_needed TROUPE_EXPECTED_INCLUDE_DIR TROUPE_MSGPACK_INCLUDE_DIR TROUPE_ZMQ_LIBRARY)
if(TROUPE_WITH_REDIS)
  list(APPEND troupe_needed TROUPE_HIREDIS_LIBRARY)
endif()
if(TROUPE_WITH_SQLITE)
  list(APPEND troupe_needed TROUPE_SQLITE_LIBRARY)
endif()

# Not for those who use the installed package.
if(NOT CMAKE_FIND_PACKAGE_NAME STREQUAL "troupe")
  find_path(TROUPE_CPPZMQ_INCLUDE_DIR zmq.hpp DOC "cppzmq (cppzmq-dev)")
  mark_as_advanced(TROUPE_CPPZMQ_INCLUDE_DIR)
  list(APPEND troupe_needed TROUPE_CPPZMQ_INCLUDE_DIR)
  if(TROUPE_WITH_REDIS)
    list(APPEND troupe_needed TROUPE_HIREDIS_INCLUDE_DIR)
  endif()
  if(TROUPE_WITH_SQLITE)
    list(APPEND troupe_needed TROUPE_SQLITE_INCLUDE_DIR)
  endif()
endif()
if(TROUPE_BUILD_PROGRAM AND NOT CMAKE_FIND_PACKAGE_NAME STREQUAL "troupe")
  find_path(TROUPE_CLI11_INCLUDE_DIR CLI/CLI.hpp DOC "CLI11 (libcli11-dev)")
  find_path(TROUPE_TOMLPLUSPLUS_INCLUDE_DIR toml++/toml.h DOC "toml++ (libtomlplusplus-dev)")
  find_path(TROUPE_JSON_INCLUDE_DIR nlohmann/json.hpp DOC "nlohmann's JSON (nlohmann-json3-dev)")
  mark_as_advanced(TROUPE_CLI11_INCLUDE_DIR TROUPE_TOMLPLUSPLUS_INCLUDE_DIR TROUPE_JSON_INCLUDE_DIR)
  list(APPEND troupe_needed TROUPE_CLI11_INCLUDE_DIR TROUPE_TOMLPLUSPLUS_INCLUDE_DIR
       TROUPE_JSON_INCLUDE_DIR)
endif()

foreach(troupe_found IN LISTS troupe_needed)
  if(NOT ${troupe_found})
    get_property(troupe_words CACHE ${troupe_found} PROPERTY HELPSTRING)
    string(CONCAT troupe_missing "Troupe needs ${troupe_words}, which was not found. "
                                 "On Debian, install that package; else set ${troupe_found}.")
    return()
  endif()
endforeach()

if(NOT TARGET troupe_third_party::expected)
  add_library(troupe_third_party::expected INTERFACE IMPORTED)
  target_include_directories(troupe_third_party::expected INTERFACE ${TROUPE_EXPECTED_INCLUDE_DIR})

  # Without MSGPACK_NO_BOOST its headers ask for Boost, which nothing here needs.
  add_library(troupe_third_party::msgpack INTERFACE IMPORTED)
  target_include_directories(troupe_third_party::msgpack INTERFACE ${TROUPE_MSGPACK_INCLUDE_DIR})
  target_compile_definitions(troupe_third_party::msgpack INTERFACE MSGPACK_NO_BOOST)

  add_library(troupe_third_party::zeromq INTERFACE IMPORTED)
  if(TROUPE_CPPZMQ_INCLUDE_DIR)
    target_include_directories(troupe_third_party::zeromq INTERFACE ${TROUPE_CPPZMQ_INCLUDE_DIR})
  endif()
  target_link_libraries(troupe_third_party::zeromq INTERFACE ${TROUPE_ZMQ_LIBRARY})
endif()

if(TROUPE_WITH_REDIS AND NOT TARGET troupe_third_party::hiredis)
  add_library(troupe_third_party::hiredis INTERFACE IMPORTED)
  if(TROUPE_HIREDIS_INCLUDE_DIR)
    target_include_directories(troupe_third_party::hiredis INTERFACE ${TROUPE_HIREDIS_INCLUDE_DIR})
  endif()
  target_link_libraries(troupe_third_party::hiredis INTERFACE ${TROUPE_HIREDIS_LIBRARY})
endif()

if(TROUPE_WITH_SQLITE AND NOT TARGET troupe_third_party::sqlite)
  add_library(troupe_third_party::sqlite INTERFACE IMPORTED)
  if(TROUPE_SQLITE_INCLUDE_DIR)
    target_include_directories(troupe_third_party::sqlite INTERFACE ${TROUPE_SQLITE_INCLUDE_DIR})
  endif()
  target_link_libraries(troupe_third_party::sqlite INTERFACE ${TROUPE_SQLITE_LIBRARY})
endif()

if(TROUPE_CLI11_INCLUDE_DIR AND NOT TARGET troupe_third_party::cli11)
  add_library(troupe_third_party::cli11 INTERFACE IMPORTED)
  target_include_directories(troupe_third_party::cli11 INTERFACE ${TROUPE_CLI11_INCLUDE_DIR})
  add_library(troupe_third_party::tomlplusplus INTERFACE IMPORTED)
  target_include_directories(troupe_third_party::tomlplusplus
    INTERFACE ${TROUPE_TOMLPLUSPLUS_INCLUDE_DIR})
  add_library(troupe_third_party::json INTERFACE IMPORTED)
  target_include_directories(troupe_third_party::json INTERFACE ${TROUPE_JSON_INCLUDE_DIR})
endif()
