# Installs the headers of one component, TROUPE_HEADERS_OF, from TROUPE_SOURCES to TROUPE_HEADERS:
# those that users include, and what these include in turn. What is left out is of the layers alone.
# It runs when installing, so that the list is that of the headers as they are then.
cmake_minimum_required(VERSION 3.25)

# Adds to `closure` the files, and whatever they include.
function(troupe_follow_includes closure)
  set(found ${${closure}})
  set(left ${ARGN})
  while(left)
    list(POP_FRONT left header)
    if(header IN_LIST found)
      continue()
    endif()
    list(APPEND found ${header})
    file(STRINGS ${TROUPE_SOURCES}/${header} includes REGEX "^#include <troupe/")
    list(TRANSFORM includes REPLACE "^#include <troupe/([^>]*)>.*" "\\1")
    list(APPEND left ${includes})
  endwhile()
  set(${closure} ${found} PARENT_SCOPE)
endfunction()

file(GLOB troupe_public RELATIVE ${TROUPE_SOURCES}
  ${TROUPE_SOURCES}/troupe.hpp ${TROUPE_SOURCES}/base/*.hpp ${TROUPE_SOURCES}/wire/*.hpp
  ${TROUPE_SOURCES}/actor/*.hpp ${TROUPE_SOURCES}/node/node*.hpp
  ${TROUPE_SOURCES}/transport/key_files.hpp)
if(TROUPE_WITH_PROGRAM)
  list(APPEND troupe_public program/node_main.hpp)
endif()
list(APPEND troupe_public persistence/memory_storage.hpp persistence/mailbox/mailboxes.hpp
  persistence/persistent_actor.hpp persistence/durable_state.hpp persistence/projection.hpp
  persistence/actors/journals.hpp)
if(TROUPE_WITH_SQLITE)
  list(APPEND troupe_public persistence/sqlite_storage.hpp)
endif()
if(TROUPE_WITH_REDIS)
  list(APPEND troupe_public persistence/redis/redis_client.hpp
    persistence/redis_storage.hpp)
endif()
set(troupe_headers)
troupe_follow_includes(troupe_headers ${troupe_public})
if(TROUPE_HEADERS_OF STREQUAL "testkit")
  set(troupe_installed ${troupe_headers})
  file(GLOB troupe_public RELATIVE ${TROUPE_SOURCES} ${TROUPE_SOURCES}/testkit/*.hpp)
  troupe_follow_includes(troupe_headers ${troupe_public})
  list(REMOVE_ITEM troupe_headers ${troupe_installed})
endif()

foreach(header IN LISTS troupe_headers)
  get_filename_component(folder ${header} DIRECTORY)
  set(place ${TROUPE_HEADERS}/${folder})
  if(NOT IS_ABSOLUTE ${place})
    set(place ${CMAKE_INSTALL_PREFIX}/${place})
  endif()
  file(INSTALL ${TROUPE_SOURCES}/${header} DESTINATION ${place})
endforeach()
