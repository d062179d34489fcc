# Finds LibTorch and defines the imported target spout::torch; where that fails, SPOUT_TORCH_ERROR
# says why and there is no target.
# Takes, in this order: -DSPOUT_TORCH=, the environment's SPOUT_TORCH, the .venv that setup.sh made.
# SPOUT_TORCH_EXACTLY, where set, is the one version that will do.
# All three name a `torch` package of Python or an unpacked LibTorch: both hold include/ and lib/.
# Why not find_package(Torch): for a CUDA build it demands a toolkit even for CPU code, and puts
# that toolkit's libraries before the ones torch was built with. Nothing here needs a toolkit.

set(SPOUT_TORCH "" CACHE PATH "torch package or LibTorch folder (empty: environment, then .venv)")

if(SPOUT_TORCH)
  set(_torch_given "${SPOUT_TORCH}")
elseif(NOT "$ENV{SPOUT_TORCH}" STREQUAL "")
  set(_torch_given "$ENV{SPOUT_TORCH}")
else()
  set(_torch_given "${CMAKE_CURRENT_LIST_DIR}/../../.venv")
endif()
set(SPOUT_TORCH_DIR "")
set(SPOUT_TORCH_VERSION "")
set(SPOUT_TORCH_ERROR "")
foreach(_folder "${_torch_given}" "${_torch_given}/torch" "${_torch_given}/libtorch")
  if(EXISTS "${_folder}/lib/libtorch.so")
    # The real path: when setup.sh points .venv elsewhere, every command line changes with it.
    file(REAL_PATH "${_folder}" SPOUT_TORCH_DIR)
    break()
  endif()
endforeach()
if(NOT SPOUT_TORCH_DIR)
  string(CONCAT SPOUT_TORCH_ERROR "no LibTorch in ${_torch_given}. Run scripts/setup.sh, or pass "
         "-DSPOUT_TORCH= with the folder of a torch package or LibTorch.")
  return()
endif()

set(_torch_version_h "${SPOUT_TORCH_DIR}/include/torch/headeronly/version.h")
if(NOT EXISTS "${_torch_version_h}")
  set(SPOUT_TORCH_ERROR "${SPOUT_TORCH_DIR} has no headers or is older than 2.11.")
  return()
endif()
file(STRINGS "${_torch_version_h}" _torch_version_lines
     REGEX "TORCH_VERSION_(MAJOR|MINOR|PATCH) [0-9]+")
string(REGEX REPLACE ".*MAJOR ([0-9]+).*MINOR ([0-9]+).*PATCH ([0-9]+).*" "\\1.\\2.\\3"
       SPOUT_TORCH_VERSION "${_torch_version_lines}")
if(SPOUT_TORCH_VERSION VERSION_LESS 2.11)
  set(SPOUT_TORCH_ERROR "LibTorch ${SPOUT_TORCH_VERSION} is too old; 2.11 or newer is needed.")
  return()
endif()
if(SPOUT_TORCH_EXACTLY AND NOT SPOUT_TORCH_VERSION VERSION_EQUAL SPOUT_TORCH_EXACTLY)
  string(CONCAT SPOUT_TORCH_ERROR "expected LibTorch ${SPOUT_TORCH_EXACTLY}, with which spout was "
         "built, found ${SPOUT_TORCH_VERSION} in ${SPOUT_TORCH_DIR}")
  return()
endif()

# The CUDA version torch was built for, as 13.0; empty for a build without CUDA.
set(SPOUT_TORCH_CUDA_VERSION "")
if(EXISTS "${SPOUT_TORCH_DIR}/lib/libtorch_cuda.so")
  if(EXISTS "${SPOUT_TORCH_DIR}/version.py")
    file(STRINGS "${SPOUT_TORCH_DIR}/version.py" _torch_cuda REGEX "^cuda.*= *'[0-9.]+'")
    string(REGEX REPLACE ".*'([0-9]+\\.[0-9]+).*" "\\1" SPOUT_TORCH_CUDA_VERSION "${_torch_cuda}")
  elseif(EXISTS "${SPOUT_TORCH_DIR}/build-version")
    file(STRINGS "${SPOUT_TORCH_DIR}/build-version" _torch_cuda REGEX "\\+cu[0-9]+")
    string(REGEX REPLACE ".*\\+cu([0-9]+)([0-9])$" "\\1.\\2"
           SPOUT_TORCH_CUDA_VERSION "${_torch_cuda}")
  endif()
endif()

if(NOT TARGET spout::torch)
  add_library(spout::torch INTERFACE IMPORTED GLOBAL)
  target_compile_features(spout::torch INTERFACE cxx_std_20)
  target_include_directories(spout::torch SYSTEM INTERFACE
    "${SPOUT_TORCH_DIR}/include" "${SPOUT_TORCH_DIR}/include/torch/csrc/api/include")
  # at::parallel_for lives in a header: without OpenMP it runs on one thread and says nothing. The
  # library found at run time is torch's own libgomp, so that both share one pool of threads.
  target_compile_options(spout::torch INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-fopenmp>)
  target_link_options(spout::torch INTERFACE -fopenmp)

  # libstdc++ before torch: the wheel's libraries export an old, incomplete std::filesystem, which
  # would take over ours (remove_all then jumps to address 0).
  target_link_options(spout::torch INTERFACE
    "SHELL:LINKER:--push-state,--no-as-needed -lstdc++ LINKER:--pop-state")

  # Named one by one, so that CMake puts torch/lib into the rpath. libtorch_cuda.so registers its
  # kernels while it is loaded and nothing refers to it: --no-as-needed keeps it.
  target_link_options(spout::torch INTERFACE LINKER:--no-as-needed)
  foreach(_library torch torch_cpu torch_cuda c10 c10_cuda)
    if(EXISTS "${SPOUT_TORCH_DIR}/lib/lib${_library}.so")
      target_link_libraries(spout::torch INTERFACE "${SPOUT_TORCH_DIR}/lib/lib${_library}.so")
    endif()
  endforeach()

  # torch's libraries find the nvidia ones by their own rpath at run time; the linker needs a hint.
  file(GLOB _torch_lib_folders "${SPOUT_TORCH_DIR}/../nvidia/*/lib")
  foreach(_folder IN LISTS _torch_lib_folders ITEMS "${SPOUT_TORCH_DIR}/lib")
    file(REAL_PATH "${_folder}" _folder)
    target_link_options(spout::torch INTERFACE "LINKER:-rpath-link,${_folder}")
  endforeach()
endif()
