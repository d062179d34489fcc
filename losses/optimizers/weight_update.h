// A weight update moves rows of a weight matrix by one step of a rule, with the kernels of its
// device and dtype.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <span>
#include <vector>

#include "spout/losses/optimizers/update_rule.h"

namespace spout {

struct WeightUpdate {
  /// Index into UpdateRules.
  size_t rule = 0;
  /// [rows, ...] f32, bf16 or f64, contiguous; changed in place.
  at::Tensor weights;
  /// The shape of the weights; their dtype or f32.
  at::Tensor gradient;
  /// The rule's states, changed in place. Each has the shape of the weights; f32 (f64 for f64
  /// weights).
  std::vector<at::Tensor> state;
  /// Number of the first row in the whole matrix.
  int64_t first_row = 0;
  StepConstants constants;
  /// rounding_seed() of the step, for bf16 weights.
  uint64_t seed = 0;
  /// Whether rows of a matrix whose gradient is all zero stay where they are.
  bool lazy_rows = false;

  /// Whether rows may stay: a vector has no rows of its own.
  bool lazy() const { return lazy_rows && weights.dim() > 1; }
};

/// Whether any number of a row is not zero, for each row: [rows] bool.
at::Tensor rows_with_gradient(const at::Tensor& gradient);

/// Moves all rows of the update.
///   throws ValueError on shapes that do not fit, and on tensors that are not contiguous
void update_weights(const WeightUpdate& update);

/// The columns [begin, begin + count) of one row.
struct RowPart {
  int64_t row = 0;
  int64_t begin = 0;
  int64_t count = 0;
};

/// Moves a part of a row, given its gradient [count] f32. Threads may call it for different parts
/// at once.
using RowUpdater = std::function<void(const RowPart& part, const float* gradient)>;

/// The function that moves parts of rows of an f32 or bf16 matrix in host memory. `update.gradient`
/// is not used.
///   throws ValueError on other dtypes and devices
RowUpdater row_updater(const WeightUpdate& update);

/// Moves a matrix by the gradient of some of its rows, as a torch sparse tensor holds it.
///   rows    [m] i64, ascending, distinct    update.gradient [m, ...]
///   others  whether the other rows are moved too, with a gradient of zero
void update_listed_rows(const WeightUpdate& update, const at::Tensor& rows, bool others);

/// The seed of the random bits by which bf16 weights are rounded in one step.
uint64_t rounding_seed(uint64_t seed, int64_t step);

/// Starts the update on the current CUDA stream, if there is a kernel for these dtypes, and returns
/// whether there is. Defined in losses/cuda, where CUDA sources are compiled.
bool update_weights_cuda(const WeightUpdate& update);

/// What a rule says without a number type: its states, and whether it leaves weights without a
/// gradient where they are.
struct RuleInfo {
  std::span<const char* const> states;
  bool (*rests_at_zero)(const OptimizerOptions& options);
};
const RuleInfo& rule_info(size_t rule);

}  // namespace spout
