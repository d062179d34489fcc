// Decodes the literal sparse output of a network, k indices and k values per row, into a sparse
// matrix. A network may emit any number as an index: 2.9999, -1, NaN, 1e30, or the same one twice.
// The policies here say what becomes of each. By default it is an error, with row and position.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <string>

#include "spout/sparse/base/find_by_name.h"
#include "spout/sparse/layout/csr.h"

namespace spout {

/// How an index between two labels is rounded. kNearest rounds a tie to the even label.
enum class IndexRounding { kNearest, kFloor };

/// What becomes of an index that is outside [0, L) after rounding; infinities are. NaN has no
/// nearest label, nor has any index if L is 0: there kClip throws as kError does.
enum class OutOfRange { kError, kDrop, kClip };

/// What becomes of pairs in one row that have the same label after rounding and clipping: an error,
/// the sum of their values, the largest value, or the value of the last pair.
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
  bool keep_zeros = false;           // false: entries with value 0 are dropped
  std::string name = "index-value";  // what errors call the pairs: the operation, or their file
};

/// Counts the pairs that were not taken as they were.
struct IndexValueReport {
  int64_t rounded = 0;  // finite indices that were not whole numbers
  int64_t dropped = 0;  // indices out of range, or NaN
  int64_t clipped = 0;
  int64_t merged = 0;  // pairs merged with an earlier one of their row
  int64_t zeros = 0;   // entries dropped at the end because their value is 0

  bool any() const { return rounded + dropped + clipped + merged + zeros > 0; }
};

/// Returns the well-formed matrix [n, L] that the pairs describe, in host memory. Time and memory
/// depend on the pairs, which are sorted row by row, and not on L.
///   indices  [n, k] of any integer or floating type      values  [n, k] floating
///   report   (may be null) the counts are added to it
///   throws ValueError on shapes, types, a value or a sum that is not finite (under every policy)
///   and on duplicates, IndexError on indices; errors in a pair name its row and position
Csr decode_index_value(const at::Tensor& indices, const at::Tensor& values,
                       const IndexValueOptions& options, IndexValueReport* report = nullptr);

}  // namespace spout
