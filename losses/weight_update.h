// One update of some rows of a weight matrix by the kernels of its device and dtype.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <span>
#include <vector>

#include "losses/update_rule.h"

namespace spout {

struct WeightUpdate {
  size_t rule = 0;                // index into UpdateRules
  at::Tensor weights;             // [rows, ...] f32, bf16 or f64, contiguous; changed in place
  at::Tensor gradient;            // the same shape; f32 where it is not of the weights' dtype
  std::vector<at::Tensor> state;  // as many as the rule keeps, f32 (f64); changed in place
  int64_t first_row = 0;          // in the whole matrix
  StepConstants constants;
  uint64_t seed = 0;       // of the rounding of bf16 weights
  bool lazy_rows = false;  // rows of a matrix rest where their gradient is zero throughout

  bool lazy() const { return lazy_rows && weights.dim() > 1; }
};

/// [rows] bool: whether any number of the row is not zero.
at::Tensor rows_with_gradient(const at::Tensor& gradient);

/// Throws ValueError on shapes and dtypes that do not fit.
void update_weights(const WeightUpdate& update);

/// Some columns [begin, begin + count) of one row.
struct RowPart {
  int64_t row = 0;
  int64_t begin = 0;
  int64_t count = 0;
};

/// Updates a part of a row, given its gradient [count] f32. Threads may call it for different
/// parts.
using RowUpdater = std::function<void(const RowPart& part, const float* gradient)>;

/// Of a matrix in host memory, f32 or bf16; `update.gradient` is not used.
RowUpdater row_updater(const WeightUpdate& update);

/// Updates by the gradient of some rows, as a torch sparse tensor holds it; the others have none.
///   rows    [m] i64, ascending, distinct    update.gradient [m, ...]
///   others  whether the other rows are updated too, with a gradient of zero
void update_listed_rows(const WeightUpdate& update, const at::Tensor& rows, bool others);

/// What bf16 weights are rounded by in one step.
uint64_t rounding_seed(uint64_t seed, int64_t step);

/// What is known of a rule without its number type.
struct RuleInfo {
  std::span<const char* const> states;
  bool (*rests_at_zero)(const OptimizerOptions& options);
};
const RuleInfo& rule_info(size_t rule);

}  // namespace spout
