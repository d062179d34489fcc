# What `cmake --install` writes: the executable, the three libraries with their headers, and what
# lets another program say find_package(spout) and link spout::models, losses or sparse.
# The application itself (app/) is no library for others.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(_package_folder "${CMAKE_INSTALL_LIBDIR}/cmake/spout")
foreach(_room sparse losses models)
  set_target_properties(spout_${_room} PROPERTIES EXPORT_NAME ${_room})
  target_include_directories(spout_${_room} INTERFACE
    "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/spout>")
  install(TARGETS spout_${_room} EXPORT spout_targets ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/${_room}" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/spout"
          FILES_MATCHING PATTERN "*.h")
endforeach()
install(TARGETS spout RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(EXPORT spout_targets FILE spoutTargets.cmake NAMESPACE spout::
        DESTINATION "${_package_folder}")

configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/spoutConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/spoutConfig.cmake" INSTALL_DESTINATION "${_package_folder}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/spoutConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/spoutConfig.cmake" "${PROJECT_BINARY_DIR}/spoutConfigVersion.cmake"
  "${CMAKE_CURRENT_LIST_DIR}/LibTorch.cmake" "${CMAKE_CURRENT_LIST_DIR}/Dependencies.cmake"
  DESTINATION "${_package_folder}")
