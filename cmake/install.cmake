# What `cmake --install` leaves behind, in three components:
#
#   runtime      shared libraries, if they are, and the troupe program
#   development  headers, static libraries, what find_package(troupe) and pkg-config read; with
#                troupe::program, where the program is built
#   testkit      troupe::testkit, its headers, and what find_package adds for it
#
# Of the headers those are installed that users include and what these include: see
# install_headers.cmake.
include(CMakePackageConfigHelpers)

get_property(troupe_targets GLOBAL PROPERTY TROUPE_LAYERS)
list(REMOVE_ITEM troupe_targets testkit)
list(TRANSFORM troupe_targets PREPEND troupe_)
install(TARGETS ${troupe_targets} troupe_all EXPORT troupe_targets
        ARCHIVE COMPONENT development
        LIBRARY COMPONENT runtime NAMELINK_COMPONENT development)
install(TARGETS troupe_testkit EXPORT troupe_testkit_targets
        ARCHIVE COMPONENT testkit LIBRARY COMPONENT testkit)
if(TROUPE_BUILD_PROGRAM)
  install(TARGETS troupe_main COMPONENT runtime)
endif()
if(BUILD_SHARED_LIBS AND NOT DEFINED CMAKE_INSTALL_RPATH)
  # They find each other wherever they are put together.
  set_target_properties(${troupe_targets} troupe_testkit PROPERTIES INSTALL_RPATH $ORIGIN)
  if(TROUPE_BUILD_PROGRAM)
    file(RELATIVE_PATH troupe_libraries ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
    set_target_properties(troupe_main PROPERTIES INSTALL_RPATH $ORIGIN/${troupe_libraries})
  endif()
endif()

set(troupe_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/troupe)
install(EXPORT troupe_targets NAMESPACE troupe:: FILE troupe-targets.cmake
        DESTINATION ${troupe_package_dir} COMPONENT development)
install(EXPORT troupe_testkit_targets NAMESPACE troupe:: FILE troupe-testkit-targets.cmake
        DESTINATION ${troupe_package_dir} COMPONENT testkit)
configure_package_config_file(cmake/troupe-config.cmake.in
  ${PROJECT_BINARY_DIR}/troupe-config.cmake INSTALL_DESTINATION ${troupe_package_dir})
# Before 1.0 every minor version may change the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/troupe-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/troupe-config.cmake
              ${PROJECT_BINARY_DIR}/troupe-config-version.cmake
              ${PROJECT_SOURCE_DIR}/cmake/dependencies.cmake
        DESTINATION ${troupe_package_dir} COMPONENT development)

foreach(component development testkit)
  install(CODE "set(TROUPE_SOURCES [[${PROJECT_SOURCE_DIR}]])
set(TROUPE_HEADERS [[${CMAKE_INSTALL_INCLUDEDIR}/troupe]])
set(TROUPE_HEADERS_OF ${component})
set(TROUPE_WITH_PROGRAM ${TROUPE_BUILD_PROGRAM})
set(TROUPE_WITH_REDIS ${TROUPE_WITH_REDIS})
set(TROUPE_WITH_SQLITE ${TROUPE_WITH_SQLITE})
include([[${PROJECT_SOURCE_DIR}/cmake/install_headers.cmake]])" COMPONENT ${component})
endforeach()

# For builds without CMake. A static library brings the names of those that it needs.
if(IS_ABSOLUTE ${CMAKE_INSTALL_LIBDIR} OR IS_ABSOLUTE ${CMAKE_INSTALL_INCLUDEDIR})
  set(troupe_prefix ${CMAKE_INSTALL_PREFIX})
  set(troupe_libdir ${CMAKE_INSTALL_FULL_LIBDIR})
  set(troupe_includedir ${CMAKE_INSTALL_FULL_INCLUDEDIR})
else()
  file(RELATIVE_PATH troupe_up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  string(REGEX REPLACE "/$" "" troupe_up "${troupe_up}")
  set(troupe_prefix "\${pcfiledir}/${troupe_up}")
  set(troupe_libdir "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
  set(troupe_includedir "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
set(troupe_needed ".private")
if(NOT BUILD_SHARED_LIBS)
  set(troupe_needed "")
endif()
set(troupe_optional "")
if(TROUPE_WITH_REDIS)
  string(APPEND troupe_optional " hiredis")
endif()
if(TROUPE_WITH_SQLITE)
  string(APPEND troupe_optional " sqlite3")
endif()
list(TRANSFORM troupe_targets PREPEND -l OUTPUT_VARIABLE troupe_libraries)
list(REVERSE troupe_libraries)
list(JOIN troupe_libraries " " troupe_libraries)
foreach(name troupe troupe-testkit)
  configure_file(cmake/${name}.pc.in ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
endforeach()
install(FILES ${PROJECT_BINARY_DIR}/troupe.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
        COMPONENT development)
install(FILES ${PROJECT_BINARY_DIR}/troupe-testkit.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
        COMPONENT testkit)
