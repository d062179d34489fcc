# What `cmake --install` writes. Component `program`: the executable, and the LibTorch it needs.
# Component `development`: the libraries, their public headers, and what lets another program say
# find_package(spout) and link spout::spout.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(_package_folder "${CMAKE_INSTALL_LIBDIR}/cmake/spout")
install(TARGETS spout_headers spout_sparse spout_losses spout_models EXPORT spout_targets
        ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT development
        INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")

file(STRINGS "${CMAKE_CURRENT_LIST_DIR}/public_headers.txt" _public_headers REGEX "^[^#]")
foreach(_header IN LISTS _public_headers)
  get_filename_component(_folder "${_header}" DIRECTORY)
  if(_header STREQUAL "models/spout.h")
    set(_folder "")
  endif()
  install(FILES "${PROJECT_SOURCE_DIR}/${_header}"
          DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/spout/${_folder}" COMPONENT development)
endforeach()

install(EXPORT spout_targets FILE spoutTargets.cmake NAMESPACE spout::
        DESTINATION "${_package_folder}" COMPONENT development)
configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/spoutConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/spoutConfig.cmake" INSTALL_DESTINATION "${_package_folder}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/spoutConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/spoutConfig.cmake" "${PROJECT_BINARY_DIR}/spoutConfigVersion.cmake"
  "${CMAKE_CURRENT_LIST_DIR}/LibTorch.cmake" "${CMAKE_CURRENT_LIST_DIR}/Dependencies.cmake"
  DESTINATION "${_package_folder}" COMPONENT development)

if(TARGET spout)
  include(InstallProgram)
endif()
