# Sanitizers for everything, so that libFuzzer sees which branches an input takes. The harness is
# linked with fuzzer itself, which has a main() of its own.
if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  message(FATAL_ERROR "spout: SPOUT_FUZZ needs clang, found ${CMAKE_CXX_COMPILER_ID}")
endif()
add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined)
add_link_options(-fsanitize=address,undefined)
