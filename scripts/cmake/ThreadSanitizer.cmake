# The thread sanitizer for all of spout's own code, with loops that it can follow: see
# tests/thread/parallel_with_threads.h. Torch's own code it does not see.
add_compile_options(-fsanitize=thread
  "SHELL:-include ${PROJECT_SOURCE_DIR}/tests/thread/parallel_with_threads.h")
add_link_options(-fsanitize=thread)
