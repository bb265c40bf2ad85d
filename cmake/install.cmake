# What `cmake --install` leaves behind: the headers, one library per layer, and the package that
# find_package(troupe) reads.
include(CMakePackageConfigHelpers)

get_property(troupe_layers GLOBAL PROPERTY TROUPE_LAYERS)
list(TRANSFORM troupe_layers PREPEND troupe_ OUTPUT_VARIABLE troupe_targets)
install(TARGETS ${troupe_targets} troupe_all EXPORT troupe_targets)

get_property(troupe_left_out GLOBAL PROPERTY TROUPE_LEFT_OUT)
set(troupe_not_installed "")
foreach(folder IN LISTS troupe_left_out)
  list(APPEND troupe_not_installed REGEX "/${folder}$" EXCLUDE)
endforeach()
foreach(layer IN LISTS troupe_layers)
  if(IS_DIRECTORY ${PROJECT_SOURCE_DIR}/${layer})
    install(DIRECTORY ${PROJECT_SOURCE_DIR}/${layer}
            DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/troupe FILES_MATCHING PATTERN "*.hpp"
            ${troupe_not_installed})
  endif()
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/troupe.hpp OPTIONAL
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/troupe)

set(troupe_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/troupe)
install(EXPORT troupe_targets NAMESPACE troupe:: FILE troupe-targets.cmake
        DESTINATION ${troupe_package_dir})
configure_package_config_file(cmake/troupe-config.cmake.in
  ${PROJECT_BINARY_DIR}/troupe-config.cmake INSTALL_DESTINATION ${troupe_package_dir})
# Before 1.0 every minor version may change the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/troupe-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/troupe-config.cmake
              ${PROJECT_BINARY_DIR}/troupe-config-version.cmake
              ${PROJECT_SOURCE_DIR}/cmake/dependencies.cmake
        DESTINATION ${troupe_package_dir})
