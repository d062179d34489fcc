// A column of a sparse matrix: the rows that have an entry in it, and their values.
#pragma once

#include <cstdint>

namespace spout {

struct SparseColumn {
  const int32_t* rows = nullptr;  // [count] each row once, in any order
  const float* values = nullptr;  // [count]
  int64_t count = 0;
};

}  // namespace spout
