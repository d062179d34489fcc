// Entry points of the CPU kernels, compiled once per instruction set (*_kernel.cpp) and chosen at
// run time by what the processor has.
#pragma once

#include <c10/util/BFloat16.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "losses/formulas.h"
#include "losses/update_kernels.h"
#include "sparse/layout/sparse_column.h"

namespace spout {

/// A rectangle of scores and what is to become of it. Score: float or c10::BFloat16.
template <class Score>
struct ScoreTile {
  const Score* scores = nullptr;  // [rows, cols], `stride` elements from row to row
  Score* gradient = nullptr;      // the same layout, may be `scores`; null: only the value
  int64_t rows = 0;
  int64_t cols = 0;
  int64_t stride = 0;
  float scale = 1.0F;                     // of the gradient
  const float* bias = nullptr;            // [cols], added to the scores first; may be null
  float* column_sums = nullptr;           // [cols], the gradient's are added to it; may be null
  const float* column_weights = nullptr;  // [cols], of f0 and its derivative; null: ones
  bool want_value = true;                 // false: the sum is not worked out (beside a gradient)
  LossParameters parameters{};            // of the formula
};

/// log(sum(exp(z))) of a row, built up tile by tile: top + log(sum).
struct RowNormalizer {
  float top = -std::numeric_limits<float>::infinity();
  double sum = 0.0;  // of exp(z - top)

  /// Adds another tile's.
  void take(const RowNormalizer& other) {
    const float higher = top < other.top ? other.top : top;
    if (higher == -std::numeric_limits<float>::infinity()) return;  // both still empty, or all is
    const auto scaled = [&](const RowNormalizer& part) {
      return part.sum * std::exp(static_cast<double>(part.top) - static_cast<double>(higher));
    };
    sum = scaled(*this) + scaled(other);
    top = higher;
  }

  double log_sum_exp() const { return static_cast<double>(top) + std::log(sum); }
};

/// One entry of a tile.
struct TileEntry {
  int32_t row;
  int32_t col;
  float score;
};

template <class Score>
struct ScoreKernels {
  /// Sum of f0 over the tile; writes scale * f0' to `gradient`. In the order of the formulas. f32
  /// sums go over 64 vectors at most, the rest is f64.
  std::array<double (*)(const ScoreTile<Score>&), kNumElementwise> elementwise;

  /// Takes the tile into every row's normaliser. NaN makes the sum NaN.
  void (*log_sum_exp)(const ScoreTile<Score>&, RowNormalizer* rows);

  /// gradient = scale * row_sums[row] * exp(z - normalizers[row]).
  void (*softmax)(const ScoreTile<Score>&, const float* normalizers, const float* row_sums);

  /// Writes the entries above `limit` (NaN counts as above) in row order and returns their number;
  /// stops after the row in which it reaches `capacity`, for which `out` must have room.
  ///   out  [capacity + cols]
  int64_t (*entries_above)(const ScoreTile<Score>&, float limit, TileEntry* out, int64_t capacity);

  /// Both products of one label's sparse gradient g: dw = sum g[i] x[rows[i]], dx[rows[i]] += g[i]
  /// w.
  ///   w [d], x [n, d]    dx [n, d], dw [d] f32
  void (*label_products)(const Score* w, const Score* x, int64_t d, const SparseColumn& g,
                         float* dx, float* dw);
};

/// Products of rows with one sparse feature, x.
struct FeatureKernels {
  /// to[rows[i], :] += x[i] * from    from [cols], to rows of `stride` elements
  void (*scatter)(const float* from, int64_t cols, const SparseColumn& x, float* to,
                  int64_t stride);

  /// to = sum x[i] * from[rows[i], :]    to [cols], from rows of `stride` elements
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

const UpdateKernels& update_kernels_default();
const UpdateKernels& update_kernels_avx2();
const UpdateKernels& update_kernels_avx512();

/// The best set for this processor; SPOUT_INSTRUCTION_SET=default|avx2|avx512 lowers the choice.
const CpuKernels& cpu_kernels();

/// Whether this processor multiplies bf16 matrices faster than f32 ones: oneDNN then uses its
/// instructions for it. Not with SPOUT_INSTRUCTION_SET below avx512.
bool cpu_multiplies_bf16();
const UpdateKernels& cpu_update_kernels();

}  // namespace spout
