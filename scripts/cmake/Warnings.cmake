# The target spout::warnings, and what stands before the compiler: ccache, and with SPOUT_WERROR
# the script that turns warnings into errors. That is a script and not -Werror so that the presets
# release and ci share every object in ccache, which replays an object's warnings with it.

add_library(spout::warnings INTERFACE IMPORTED GLOBAL)
target_compile_options(spout::warnings INTERFACE $<$<COMPILE_LANGUAGE:CXX>:
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wold-style-cast
  -Wcast-qual -Wnon-virtual-dtor -Woverloaded-virtual -Wextra-semi -Wformat=2 -Wundef>)

set(_launcher "")
if(SPOUT_WERROR)
  list(APPEND _launcher "${PROJECT_SOURCE_DIR}/scripts/cmake/fail_on_warning.sh")
endif()
find_program(SPOUT_CCACHE ccache)
mark_as_advanced(SPOUT_CCACHE)
if(SPOUT_CCACHE)
  # Relative paths in the hash: another clone, or another preset's folder, finds the same objects.
  list(APPEND _launcher "${CMAKE_COMMAND}" -E env "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}"
       CCACHE_NOHASHDIR=1 "${SPOUT_CCACHE}")
endif()
set(CMAKE_CXX_COMPILER_LAUNCHER "${_launcher}")
set(CMAKE_CUDA_COMPILER_LAUNCHER "${_launcher}")
