// The entry points of the CPU kernels. score_kernel.cpp is compiled once per instruction set, and
// cpu_kernels() chooses at run time by what the processor has.
#pragma once

#include <c10/util/BFloat16.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "spout/losses/formulas/formulas.h"
#include "spout/sparse/layout/sparse_column.h"

namespace spout {

/// A rectangle of scores, and what a kernel makes of it. Score is float or c10::BFloat16.
template <class Score>
struct ScoreTile {
  /// [rows, cols], with `stride` elements from one row to the next.
  const Score* scores = nullptr;
  /// Where the gradient goes, laid out like the scores. May be `scores`; null: only the value.
  Score* gradient = nullptr;
  int64_t rows = 0;
  int64_t cols = 0;
  int64_t stride = 0;
  /// The gradient is multiplied by this.
  float scale = 1.0F;
  /// [cols], added to the scores first; may be null.
  const float* bias = nullptr;
  /// [cols]; the column sums of the gradient are added to it; may be null.
  float* column_sums = nullptr;
  /// [cols], weights of f0 and its derivative; null means ones.
  const float* column_weights = nullptr;
  /// Whether the sum of f0 is computed; only a pass with a gradient may leave it out.
  bool want_value = true;
  /// Parameters of the formula.
  LossParameters parameters{};
};

/// log(sum(exp(z))) of a row as top + log(sum), built up tile by tile.
struct RowNormalizer {
  float top = -std::numeric_limits<float>::infinity();  // the largest score so far
  double sum = 0.0;                                     // of exp(z - top)

  /// Merges the normaliser of other scores of the same row into this one.
  void take(const RowNormalizer& other) {
    const float higher = top < other.top ? other.top : top;
    // Nothing to merge: both are empty, or every score is -infinity.
    if (higher == -std::numeric_limits<float>::infinity()) return;
    const auto scaled = [&](const RowNormalizer& part) {
      return part.sum * std::exp(static_cast<double>(part.top) - static_cast<double>(higher));
    };
    sum = scaled(*this) + scaled(other);
    top = higher;
  }

  double log_sum_exp() const { return static_cast<double>(top) + std::log(sum); }
};

/// One entry of a tile, numbered from the tile's first row and column.
struct TileEntry {
  int32_t row;
  int32_t col;
  float score;
};

template <class Score>
struct ScoreKernels {
  /// One kernel for each formula, in the order of the formulas: returns the sum of f0 over the tile
  /// and writes scale * f0' to `gradient`. Up to 64 vectors are summed in f32,
  /// their sums in f64.
  std::array<double (*)(const ScoreTile<Score>&), kNumElementwise> elementwise;

  /// Adds the tile's scores to every row's normaliser. NaN or +infinity makes the sum NaN.
  void (*log_sum_exp)(const ScoreTile<Score>&, RowNormalizer* rows);

  /// Writes softmax's gradient without the targets' part:
  /// gradient = scale * row_sums[row] * exp(z - normalizers[row]).
  void (*softmax)(const ScoreTile<Score>&, const float* normalizers, const float* row_sums);

  /// Writes the entries above `limit` (NaN counts as above) in row order and returns their number.
  /// Stops after the row in which that number reaches `capacity`.
  ///   out  room for capacity + cols entries
  int64_t (*entries_above)(const ScoreTile<Score>&, float limit, TileEntry* out, int64_t capacity);

  /// Both products of one label's sparse gradient g:
  /// dw = sum of g[i] x[rows[i]],  dx[rows[i]] += g[i] w.
  ///   w [d], x [n, d]    dx [n, d], dw [d] f32
  void (*label_products)(const Score* w, const Score* x, int64_t d, const SparseColumn& g,
                         float* dx, float* dw);
};

/// Products of rows with one sparse feature x, a column of the feature matrix.
struct FeatureKernels {
  /// to[rows[i], :] += x[i] * from
  ///   from [cols]    to [n, cols], with `stride` elements from one row to the next
  void (*scatter)(const float* from, int64_t cols, const SparseColumn& x, float* to,
                  int64_t stride);

  /// to = sum of x[i] * from[rows[i], :]
  ///   from [n, cols], with `stride` elements from one row to the next    to [cols]
  void (*gather)(const float* from, int64_t stride, const SparseColumn& x, float* to, int64_t cols);
};

struct CpuKernels {
  const char* instruction_set;
  FeatureKernels features;
  ScoreKernels<float> f32;
  ScoreKernels<c10::BFloat16> bf16;

  template <class Score>
  const ScoreKernels<Score>& of() const {
    if constexpr (std::is_same_v<Score, float>) {
      return f32;
    } else {
      return bf16;
    }
  }
};

const CpuKernels& kernels_default();
const CpuKernels& kernels_avx2();
const CpuKernels& kernels_avx512();

/// The kernels of the instruction set that cpu_instruction_set() chose.
const CpuKernels& cpu_kernels();

}  // namespace spout
