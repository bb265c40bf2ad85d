# troupe_add_layer(NAME [PUBLIC targets...] [PRIVATE targets...] [WITHOUT folders...])
#
# Makes the library troupe_NAME, known as troupe::NAME, of every .cpp below NAME/, and installs its
# headers. Folders of NAME/ that are listed as WITHOUT are left out of both. A layer without a .cpp
# (headers only, or not yet written) becomes an INTERFACE library.
#
# A source file whose name ends in _suppressions.cpp stays an object file of its own.
function(troupe_add_layer name)
  cmake_parse_arguments(PARSE_ARGV 1 layer "" "" "PUBLIC;PRIVATE;WITHOUT")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${name}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/node/main\\.cpp$")
  foreach(folder IN LISTS layer_WITHOUT)
    list(FILTER sources EXCLUDE REGEX "/${name}/${folder}/")
    set_property(GLOBAL APPEND PROPERTY TROUPE_LEFT_OUT ${name}/${folder})
  endforeach()

  set(target troupe_${name})
  if(sources)
    add_library(${target} STATIC ${sources})
    target_link_libraries(${target} PUBLIC ${layer_PUBLIC} PRIVATE ${layer_PRIVATE})
    troupe_own_code(${target})
    target_compile_definitions(${target} PRIVATE TROUPE_IN_LIBRARY)  # See base/hand_over.hpp.
    set_target_properties(${target} PROPERTIES
      UNITY_BUILD ${TROUPE_UNITY} UNITY_BUILD_BATCH_SIZE 16)
    set(alone ${sources})
    list(FILTER alone INCLUDE REGEX "_suppressions\\.cpp$")
    set_source_files_properties(${alone} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    set(scope PUBLIC)
  else()
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE ${layer_PUBLIC})
    set(scope INTERFACE)
  endif()
  add_library(troupe::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  target_compile_features(${target} ${scope} cxx_std_20)
  target_include_directories(${target} ${scope}
    $<BUILD_INTERFACE:${TROUPE_BUILD_INCLUDE_DIR}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)

  set_property(GLOBAL APPEND PROPERTY TROUPE_LAYERS ${name})
endfunction()
