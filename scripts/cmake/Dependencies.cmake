# The distribution's small libraries, each as one target: spout::fmt, spout::zip, spout::zlib,
# spout::utf8proc, spout::json, spout::cxxopts and spout::doctest. CMAKE_PREFIX_PATH may name another
# place for them. An installed spout needs the first five only: SPOUT_INSTALLED skips the rest.

# Links one of our names to a target of another package.
function(spout_dependency name target)
  if(NOT TARGET spout::${name})
    add_library(spout::${name} INTERFACE IMPORTED GLOBAL)
    target_link_libraries(spout::${name} INTERFACE ${target})
  endif()
endfunction()

# Header-only, since the torch wheel has headers of another fmt: no libfmt.so would match them.
find_package(fmt REQUIRED)
spout_dependency(fmt fmt::fmt-header-only)

find_package(ZLIB REQUIRED)
spout_dependency(zlib ZLIB::ZLIB)

find_package(nlohmann_json 3.10 REQUIRED)
spout_dependency(json nlohmann_json::nlohmann_json)

# By hand: Debian's CMake files of libzip name programs of a package that need not be installed.
find_path(SPOUT_ZIP_INCLUDE zip.h)
find_path(SPOUT_ZIPCONF_INCLUDE zipconf.h)
find_library(SPOUT_ZIP_LIBRARY zip)
mark_as_advanced(SPOUT_ZIP_INCLUDE SPOUT_ZIPCONF_INCLUDE SPOUT_ZIP_LIBRARY)
if(NOT SPOUT_ZIP_INCLUDE OR NOT SPOUT_ZIPCONF_INCLUDE OR NOT SPOUT_ZIP_LIBRARY)
  message(FATAL_ERROR "spout: libzip not found (Debian and Ubuntu: libzip-dev)")
endif()
if(NOT TARGET spout::zip)
  add_library(spout::zip UNKNOWN IMPORTED GLOBAL)
  set_target_properties(spout::zip PROPERTIES IMPORTED_LOCATION "${SPOUT_ZIP_LIBRARY}")
  target_include_directories(spout::zip SYSTEM INTERFACE
    "${SPOUT_ZIP_INCLUDE}" "${SPOUT_ZIPCONF_INCLUDE}")
endif()

# By hand as well: Debian's package of utf8proc has no CMake files.
find_path(SPOUT_UTF8PROC_INCLUDE utf8proc.h)
find_library(SPOUT_UTF8PROC_LIBRARY utf8proc)
mark_as_advanced(SPOUT_UTF8PROC_INCLUDE SPOUT_UTF8PROC_LIBRARY)
if(NOT SPOUT_UTF8PROC_INCLUDE OR NOT SPOUT_UTF8PROC_LIBRARY)
  message(FATAL_ERROR "spout: utf8proc not found (Debian and Ubuntu: libutf8proc-dev)")
endif()
if(NOT TARGET spout::utf8proc)
  add_library(spout::utf8proc UNKNOWN IMPORTED GLOBAL)
  set_target_properties(spout::utf8proc PROPERTIES IMPORTED_LOCATION "${SPOUT_UTF8PROC_LIBRARY}")
  target_include_directories(spout::utf8proc SYSTEM INTERFACE "${SPOUT_UTF8PROC_INCLUDE}")
endif()

if(NOT SPOUT_INSTALLED)
  find_package(cxxopts REQUIRED)
  spout_dependency(cxxopts cxxopts::cxxopts)
  if(SPOUT_BUILD_TESTS)
    find_package(doctest REQUIRED)
    spout_dependency(doctest doctest::doctest)
  endif()
endif()
