# The executable, for whoever is on this machine. It finds LibTorch by its runpath. Where LibTorch
# lies in a folder that other users may not enter, as in somebody's home, its libraries are copied
# beside the executable, as <prefix>/lib/spout/torch/lib; SPOUT_INSTALL_TORCH=ON or OFF decides it.

# Sets SPOUT_TORCH_IS_PUBLIC to whether every user may enter the folder and all above it.
function(spout_is_public folder)
  set(SPOUT_TORCH_IS_PUBLIC YES PARENT_SCOPE)
  while(NOT folder STREQUAL "/")
    execute_process(COMMAND stat -c %A "${folder}" OUTPUT_VARIABLE mode ERROR_QUIET)
    if(NOT mode MATCHES "[xt]\n?$")
      set(SPOUT_TORCH_IS_PUBLIC NO PARENT_SCOPE)
    endif()
    get_filename_component(folder "${folder}" DIRECTORY)
  endwhile()
endfunction()

spout_is_public("${SPOUT_TORCH_DIR}/lib")
set(_install_torch ON)
if(SPOUT_TORCH_IS_PUBLIC)
  set(_install_torch OFF)
endif()
option(SPOUT_INSTALL_TORCH "Install LibTorch's libraries beside the executable" ${_install_torch})

install(TARGETS spout RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT program)
if(NOT SPOUT_INSTALL_TORCH)
  return()
endif()
set(_runtime "${CMAKE_INSTALL_LIBDIR}/spout")
file(RELATIVE_PATH _up "/${CMAKE_INSTALL_BINDIR}" "/${_runtime}/torch/lib")
set_target_properties(spout PROPERTIES
  INSTALL_RPATH "$ORIGIN/${_up}" INSTALL_RPATH_USE_LINK_PATH OFF)
install(DIRECTORY "${SPOUT_TORCH_DIR}/lib/" DESTINATION "${_runtime}/torch/lib" COMPONENT program
        FILES_MATCHING PATTERN "*.so*")
# torch's libraries look for nvidia's where a wheel has them, beside torch.
get_filename_component(_site "${SPOUT_TORCH_DIR}" DIRECTORY)
if(EXISTS "${_site}/nvidia")
  install(DIRECTORY "${_site}/nvidia" DESTINATION "${_runtime}" COMPONENT program
          FILES_MATCHING PATTERN "*.so*" PATTERN include EXCLUDE)
endif()
