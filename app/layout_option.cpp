#include "app/layout_option.h"

#include <fmt/format.h>

#include <limits>

#include "app/memory_need.h"
#include "sparse/files/features.h"

namespace spout {

Option layout_option(std::string& layout) {
  return {"layout", &layout, "NAME", choices(kSparseLayouts) + " of a sparse .npz or .pt file"};
}

SparseLayout parse_layout(const std::string& name) {
  return choose(kSparseLayouts, "layout", name).value;
}

void check_layout_memory(const std::string& path, SparseLayout layout, int64_t cols) {
  if (layout != SparseLayout::kCsc || !is_matrix_file(path)) return;
  // Each is an i64, and for .npz files an i32 beside it where that will do.
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
