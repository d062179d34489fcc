# Decides whether CUDA sources are compiled (SPOUT_WITH_CUDA) and finds an nvcc that fits torch.
#   SPOUT_CUDA=ON    they are, or configuring stops
#   SPOUT_CUDA=AUTO  they are where torch has CUDA, a fitting nvcc is there already, and a GPU too
#   SPOUT_CUDA=OFF   they are not; the program still links a CUDA torch and runs on the CPU
# nvcc comes from the wheels of PyPI beside torch or in .venv (setup.sh puts it there), or from a
# toolkit of the same major version. CUDA code links spout::cuda, which is empty without CUDA.

set(SPOUT_CUDA AUTO CACHE STRING "Compile CUDA sources: AUTO, ON or OFF")
set_property(CACHE SPOUT_CUDA PROPERTY STRINGS AUTO ON OFF)
string(TOUPPER "${SPOUT_CUDA}" _cuda_mode)
if(NOT _cuda_mode MATCHES "^(AUTO|ON|OFF)$")
  message(FATAL_ERROR "spout: expected SPOUT_CUDA=AUTO, ON or OFF, found '${SPOUT_CUDA}'")
endif()

# Sets SPOUT_NVCC to the first compiler of torch's CUDA major version, or to nothing.
function(spout_find_nvcc)
  string(REGEX REPLACE "\\..*" "" major "${SPOUT_TORCH_CUDA_VERSION}")
  file(GLOB candidates
    "${SPOUT_TORCH_DIR}/../nvidia/cu${major}/bin/nvcc"
    "${PROJECT_SOURCE_DIR}/.venv/lib/python3.*/site-packages/nvidia/cu${major}/bin/nvcc")
  find_program(toolkit_nvcc nvcc PATHS /usr/local/cuda/bin NO_CACHE)
  foreach(nvcc IN ITEMS ${CMAKE_CUDA_COMPILER} $ENV{CUDACXX} ${candidates} ${toolkit_nvcc})
    execute_process(COMMAND "${nvcc}" --version
                    OUTPUT_VARIABLE text ERROR_QUIET RESULT_VARIABLE status)
    if(status EQUAL 0 AND text MATCHES "release ${major}\\.")
      if(NOT nvcc STREQUAL "${CMAKE_CUDA_COMPILER}")
        file(REAL_PATH "${nvcc}" nvcc)
      endif()
      set(SPOUT_NVCC "${nvcc}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
  set(SPOUT_NVCC "" PARENT_SCOPE)
endfunction()

# Sets SPOUT_GPU to the compute capability of the first GPU, as 90, `yes` if unknown, or nothing.
function(spout_find_gpu)
  set(SPOUT_GPU "" PARENT_SCOPE)
  execute_process(COMMAND nvidia-smi --query-gpu=compute_cap --format=csv,noheader
                  OUTPUT_VARIABLE text ERROR_QUIET RESULT_VARIABLE status)
  if(status EQUAL 0 AND text MATCHES "^([0-9]+)\\.([0-9]+)")
    set(SPOUT_GPU "${CMAKE_MATCH_1}${CMAKE_MATCH_2}" PARENT_SCOPE)
  elseif(EXISTS /dev/nvidia0)
    set(SPOUT_GPU yes PARENT_SCOPE)
  endif()
endfunction()

set(_cuda_missing "")
set(SPOUT_GPU "")
if(_cuda_mode STREQUAL "OFF")
  set(_cuda_missing "SPOUT_CUDA=OFF")
elseif(NOT SPOUT_TORCH_CUDA_VERSION)
  set(_cuda_missing "torch was built without CUDA")
else()
  spout_find_nvcc()
  spout_find_gpu()
  if(NOT SPOUT_NVCC)
    set(_cuda_missing "no nvcc for CUDA ${SPOUT_TORCH_CUDA_VERSION} here "
                      "(SPOUT_CUDA=ON scripts/setup.sh gets one)")
    string(CONCAT _cuda_missing ${_cuda_missing})
  elseif(_cuda_mode STREQUAL "AUTO" AND NOT SPOUT_GPU)
    set(_cuda_missing "no GPU here (SPOUT_CUDA=ON compiles the CUDA sources all the same)")
  endif()
endif()

if(NOT TARGET spout::cuda)
  add_library(spout::cuda INTERFACE IMPORTED GLOBAL)
endif()
if(_cuda_missing)
  if(_cuda_mode STREQUAL "ON")
    message(FATAL_ERROR "spout: SPOUT_CUDA=ON, but ${_cuda_missing}")
  endif()
  set(SPOUT_WITH_CUDA OFF CACHE INTERNAL "")
  message(STATUS "spout: CUDA sources are left out: ${_cuda_missing}")
  return()
endif()

set(CMAKE_CUDA_COMPILER "${SPOUT_NVCC}" CACHE FILEPATH "nvcc")
file(REAL_PATH "${SPOUT_NVCC}/../.." _cuda_root)
if(EXISTS "${_cuda_root}/lib/libcudart_static.a")
  set(CMAKE_CUDA_FLAGS_INIT "-L${_cuda_root}/lib")  # the wheels have lib, a toolkit lib64
endif()
if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES AND NOT DEFINED ENV{CUDAARCHS})
  set(_archs 80-real 86-real 90)
  if(SPOUT_GPU MATCHES "^[0-9]+$" AND NOT SPOUT_GPU MATCHES "^(80|86|90)$")
    list(APPEND _archs ${SPOUT_GPU})
  endif()
  set(CMAKE_CUDA_ARCHITECTURES "${_archs}" CACHE STRING "GPU architectures")
endif()
set(CMAKE_CUDA_RUNTIME_LIBRARY Static)
enable_language(CUDA)
if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)
  # Debian 12's CMake 3.25.1 does not know yet that nvcc has C++20.
  set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
  set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION -std=c++20)
endif()
set(CMAKE_CUDA_STANDARD 20)
set(CMAKE_CUDA_STANDARD_REQUIRED ON)

set(SPOUT_WITH_CUDA ON CACHE INTERNAL "")
target_compile_definitions(spout::cuda INTERFACE SPOUT_WITH_CUDA=1)
target_include_directories(spout::cuda SYSTEM INTERFACE ${CMAKE_CUDA_TOOLKIT_INCLUDE_DIRECTORIES})
if(NOT EXISTS "${_cuda_root}/include/cusparse.h")
  # nvcc alone, beside a given torch: ATen's CUDA headers want those of its libraries too.
  file(GLOB _cuda_includes "${SPOUT_TORCH_DIR}/../nvidia/cu*/include")
  target_include_directories(spout::cuda SYSTEM INTERFACE ${_cuda_includes})
endif()
message(STATUS "spout: CUDA sources for ${CMAKE_CUDA_ARCHITECTURES} "
               "with nvcc ${CMAKE_CUDA_COMPILER_VERSION}, torch has ${SPOUT_TORCH_CUDA_VERSION}")
