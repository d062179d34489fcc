#include "spout/app/data/layout_option.h"

#include <fmt/format.h>

#include <limits>

#include "spout/app/process/memory.h"
#include "spout/sparse/files/features.h"

namespace spout {

Option layout_option(SparseLayout& layout) {
  return choice(
      "layout", layout, kSparseLayouts,
      "Layout of a sparse matrix in a .npz or .pt file: compressed rows, compressed columns, or a "
      "list of coordinates.");
}

void check_layout_memory(const std::string& path, SparseLayout layout, int64_t cols) {
  if (layout != SparseLayout::kCsc || !is_matrix_file(path)) return;
  // A pointer is an i64, and for .npz files an i32 beside it if all column numbers fit one.
  const double pointer_bytes = cols <= std::numeric_limits<int32_t>::max() ? 12 : 8;
  const double needed = pointer_bytes * static_cast<double>(cols);
  const double available = available_memory();
  if (needed <= available) return;
  throw UserError(fmt::format(
      "{}: the pointers of {} columns need {} in csc, but {} are free; try --layout csr "
      "or coo",
      path, cols, bytes_text(needed), bytes_text(available)));
}

}  // namespace spout
