# troupe_add_layer(NAME [PUBLIC targets...] [PRIVATE targets...] [WITHOUT beginnings...])
#
# Makes the library troupe_NAME, known as troupe::NAME, of every .cpp below NAME/, but for those
# whose path in NAME/ begins as one that is listed as WITHOUT: static, or shared with
# BUILD_SHARED_LIBS. A layer that has no .cpp makes no target; who links it links what it would.
#
# A source file whose name ends in _suppressions.cpp stays an object file of its own.
function(troupe_add_layer name)
  cmake_parse_arguments(PARSE_ARGV 1 layer "" "" "PUBLIC;PRIVATE;WITHOUT")
  troupe_existing(public ${layer_PUBLIC})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${name}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/program/main\\.cpp$")
  foreach(beginning IN LISTS layer_WITHOUT)
    list(FILTER sources EXCLUDE REGEX "/${name}/${beginning}")
  endforeach()
  if(NOT sources)
    set_property(GLOBAL PROPERTY TROUPE_INSTEAD_OF_troupe::${name} ${public})
    return()
  endif()

  set(target troupe_${name})
  add_library(${target} ${sources})
  target_link_libraries(${target} PUBLIC ${public} PRIVATE ${layer_PRIVATE})
  troupe_own_code(${target})
  target_compile_definitions(${target} PRIVATE TROUPE_IN_LIBRARY)  # See base/hand_over.hpp.
  # Before 1.0 every minor version may change the interface.
  set_target_properties(${target} PROPERTIES
    UNITY_BUILD ${TROUPE_UNITY} UNITY_BUILD_BATCH_SIZE 16
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
    EXPORT_NAME ${name})
  set(alone ${sources})
  list(FILTER alone INCLUDE REGEX "_suppressions\\.cpp$")
  set_source_files_properties(${alone} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  add_library(troupe::${name} ALIAS ${target})
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${TROUPE_BUILD_INCLUDE_DIR}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)

  set_property(GLOBAL APPEND PROPERTY TROUPE_LAYERS ${name})
endfunction()

# troupe_existing(RESULT targets...): the targets, with what a layer that is not there would link in
# its place.
function(troupe_existing result)
  set(existing)
  foreach(target IN LISTS ARGN)
    get_property(is_missing GLOBAL PROPERTY TROUPE_INSTEAD_OF_${target} SET)
    if(is_missing)
      get_property(target GLOBAL PROPERTY TROUPE_INSTEAD_OF_${target})
    endif()
    list(APPEND existing ${target})
  endforeach()
  list(REMOVE_DUPLICATES existing)
  set(${result} ${existing} PARENT_SCOPE)
endfunction()
