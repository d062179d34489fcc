// From what a network with a literal sparse output emits, k indices and k values a row, to a sparse
// matrix. A network's indices are numbers like any other: 2.9999, -1, NaN, 1e30, or the same twice.
// What becomes of each is said once, here: by default an error that names the place, else by
// choice.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <string>

#include "sparse/layout/csr.h"
#include "sparse/layout/find_by_name.h"

namespace spout {

/// Which label an index between two of them means. kNearest takes the even one in the middle.
enum class IndexRounding { kNearest, kFloor };

/// What becomes of an index outside [0, L) once it is rounded; infinities and 1e30 are such. NaN
/// has no nearest label, nor has any index where L is 0: kClip refuses it as kError does.
enum class OutOfRange { kError, kDrop, kClip };

/// What becomes of pairs of one row with the same label, once indices are rounded and clipped:
/// refused, their values' sum, their largest value, or that of the last pair.
enum class Duplicates { kError, kSum, kMax, kLast };

inline constexpr std::array<NamedValue<IndexRounding>, 2> kIndexRoundings = {{
    {"nearest", IndexRounding::kNearest},
    {"floor", IndexRounding::kFloor},
}};
inline constexpr std::array<NamedValue<OutOfRange>, 3> kOutOfRangePolicies = {{
    {"error", OutOfRange::kError},
    {"drop", OutOfRange::kDrop},
    {"clip", OutOfRange::kClip},
}};
inline constexpr std::array<NamedValue<Duplicates>, 4> kDuplicatePolicies = {{
    {"error", Duplicates::kError},
    {"sum", Duplicates::kSum},
    {"max", Duplicates::kMax},
    {"last", Duplicates::kLast},
}};

struct IndexValueOptions {
  int64_t num_labels = 0;  // L, columns of the result
  IndexRounding rounding = IndexRounding::kNearest;
  OutOfRange out_of_range = OutOfRange::kError;
  Duplicates duplicates = Duplicates::kError;
  bool keep_zeros = false;           // false: an entry whose value is 0 is no entry
  std::string name = "index-value";  // what errors call the pairs: the operation, or their file
};

/// How many pairs were not taken as they were.
struct IndexValueReport {
  int64_t rounded = 0;  // finite indices that were no whole numbers
  int64_t dropped = 0;  // out of range, or NaN
  int64_t clipped = 0;
  int64_t merged = 0;  // pairs that joined an earlier one of their row
  int64_t zeros = 0;   // entries left out in the end because their value is 0

  bool any() const { return rounded + dropped + clipped + merged + zeros > 0; }
};

/// The matrix [n, L] that the pairs mean, well-formed, in host memory. Time and memory are those of
/// the pairs (sorted row by row), whatever L.
///   indices  [n, k] of any integer or floating type      values  [n, k] floating
///   report   (may be null) is added to
///   throws ValueError on shapes, types, a value or a sum that is not finite (under every policy)
///   and on duplicates, IndexError on indices; all with row, position in the row, and what stands
///   there
Csr decode_index_value(const at::Tensor& indices, const at::Tensor& values,
                       const IndexValueOptions& options, IndexValueReport* report = nullptr);

}  // namespace spout
