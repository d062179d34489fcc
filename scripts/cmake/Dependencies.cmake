# The distribution's small libraries, each as one target: spout::fmt, spout::zip, spout::zlib,
# spout::utf8proc, spout::json, spout::cxxopts and spout::doctest. CMAKE_PREFIX_PATH may name another
# place for them. Those that are wanted are named in SPOUT_DEPENDENCIES; those that are not there, in
# SPOUT_MISSING, with the package of Debian and Ubuntu that has them.
set(SPOUT_MISSING "")

# spout_found(NAME TARGET PACKAGE): links our name to a target of another package, if it is there.
macro(spout_found name target package)
  if(NOT TARGET ${target})
    list(APPEND SPOUT_MISSING "${name} (${package})")
  elseif(NOT TARGET spout::${name})
    add_library(spout::${name} INTERFACE IMPORTED GLOBAL)
    target_link_libraries(spout::${name} INTERFACE ${target})
  endif()
endmacro()

# spout_library(NAME PACKAGE HEADER...): a library that has no CMake files, or Debian's of libzip,
# which name programs of a package that need not be installed.
macro(spout_library name package)
  string(TOUPPER ${name} _upper)
  find_library(SPOUT_${_upper}_LIBRARY ${name})
  mark_as_advanced(SPOUT_${_upper}_LIBRARY)
  set(_includes "")
  foreach(_header ${ARGN})
    string(MAKE_C_IDENTIFIER "SPOUT_${_header}_INCLUDE" _place)
    find_path(${_place} ${_header})
    mark_as_advanced(${_place})
    list(APPEND _includes "${${_place}}")
  endforeach()
  if(NOT SPOUT_${_upper}_LIBRARY OR _includes MATCHES "NOTFOUND")
    list(APPEND SPOUT_MISSING "${name} (${package})")
  elseif(NOT TARGET spout::${name})
    add_library(spout::${name} UNKNOWN IMPORTED GLOBAL)
    set_target_properties(spout::${name} PROPERTIES
      IMPORTED_LOCATION "${SPOUT_${_upper}_LIBRARY}")
    target_include_directories(spout::${name} SYSTEM INTERFACE ${_includes})
  endif()
endmacro()

foreach(_dependency IN LISTS SPOUT_DEPENDENCIES)
  if(_dependency STREQUAL "fmt")
    # Header-only, since the torch wheel has headers of another fmt: no libfmt.so would match them.
    find_package(fmt QUIET)
    spout_found(fmt fmt::fmt-header-only libfmt-dev)
  elseif(_dependency STREQUAL "zlib")
    find_package(ZLIB QUIET)
    spout_found(zlib ZLIB::ZLIB zlib1g-dev)
  elseif(_dependency STREQUAL "json")
    find_package(nlohmann_json 3.10 QUIET)
    spout_found(json nlohmann_json::nlohmann_json nlohmann-json3-dev)
  elseif(_dependency STREQUAL "cxxopts")
    find_package(cxxopts QUIET)
    spout_found(cxxopts cxxopts::cxxopts libcxxopts-dev)
  elseif(_dependency STREQUAL "doctest")
    find_package(doctest QUIET)
    spout_found(doctest doctest::doctest doctest-dev)
  elseif(_dependency STREQUAL "zip")
    spout_library(zip libzip-dev zip.h zipconf.h)
  elseif(_dependency STREQUAL "utf8proc")
    spout_library(utf8proc libutf8proc-dev utf8proc.h)
  endif()
endforeach()
