// Optimizers: how a gradient moves the weights. The rules stand in a file each (sgd.h, adam.h,
// adagrad.h); the table is in optimizer.cpp. Whole parameters move in step(); the output layer
// moves its blocks of rows one by one, as soon as it has their gradient. State tensors are named,
// so that a checkpoint is a plain dictionary.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "losses/update_rule.h"
#include "losses/weight_update.h"
#include "sparse/layout/named_tensors.h"

namespace spout {

class Optimizer {
 public:
  /// parameters  leaves, f32 or bf16 (f64 through plain tensor operations); one without a gradient
  ///             is left alone
  ///   rule      index into UpdateRules
  Optimizer(NamedTensors parameters, const OptimizerOptions& options, size_t rule);

  /// The parameter moves at `factor` times the rate of each step.
  void set_rate_factor(const at::Tensor& parameter, double factor);

  /// Ends a step: moves every parameter that has a grad() at rate `lr`, then drops the gradients. A
  /// gradient may be a torch sparse tensor of rows; its other rows count as zero.
  void step(double lr);

  /// Says that rows of a parameter are about to move, each once. Throws Error on a second call
  /// before step(): a loss worked out twice would move them twice.
  void begin_rows(const at::Tensor& parameter);

  /// Moves rows [begin, begin + rows) of a parameter, as part of the step that step() will end.
  ///   gradient  [rows, ...] of the parameter's dtype, or f32
  void update_rows(const at::Tensor& parameter, int64_t begin, const at::Tensor& gradient,
                   double lr) const;

  /// The same for the rows of a matrix that are named; the others have a gradient of zero.
  ///   rows [m] i64, ascending, distinct    gradient [m, ...]
  void update_listed_rows(const at::Tensor& parameter, const at::Tensor& rows,
                          const at::Tensor& gradient, double lr) const;

  /// The same for parts of single rows of a matrix in host memory.
  RowUpdater row_updater(const at::Tensor& parameter, double lr) const;

  /// Whether rows without a gradient stay exactly where they are: by the rule, or since the update
  /// is lazy.
  bool rests_at_zero() const;

  /// w <- kept w - rate g, where that is all the optimizer does to this parameter.
  struct PlainStep {
    double kept;
    double rate;
  };
  std::optional<PlainStep> plain_step(const at::Tensor& parameter, double lr) const;

  /// The tensors that a checkpoint must hold beside the parameters, as views: copying into them
  /// restores the state. Names are the parameters' with a suffix.
  NamedTensors state() const;

  int64_t num_steps() const { return num_steps_; }
  void set_num_steps(int64_t steps) { num_steps_ = steps; }

 private:
  struct Slot {
    std::string name;
    at::Tensor parameter;
    std::vector<at::Tensor> state;
    bool rows_begun = false;   // in this step
    double rate_factor = 1.0;  // of the rate that steps are given
  };
  size_t place_of(const at::Tensor& parameter) const;
  /// Of all rows; the gradient is still missing.
  WeightUpdate whole_update(const Slot& slot, double lr) const;
  void update(const Slot& slot, int64_t begin, const at::Tensor& gradient, double lr) const;
  void update_listed(const Slot& slot, const at::Tensor& rows, const at::Tensor& gradient,
                     double lr) const;

  OptimizerOptions options_;
  size_t rule_;
  std::vector<Slot> slots_;
  int64_t num_steps_ = 0;
};

/// A line of the table.
struct OptimizerInfo {
  std::string_view name;
  std::string_view help;
  double default_lr;
  size_t (*rule)(const OptimizerOptions& options);
  /// Options of `spout train` that mean something to it and not to all.
  std::span<const std::string_view> parameter_names{};

  /// f32 numbers kept per weight.
  int64_t state_per_weight(const OptimizerOptions& options) const;
  std::unique_ptr<Optimizer> make(NamedTensors parameters, const OptimizerOptions& options) const;
};

std::span<const OptimizerInfo> optimizer_table();

/// Throws ValueError that lists the known names.
const OptimizerInfo& find_optimizer(std::string_view name);

/// Scales all gradients so that their joint Euclidean norm is at most `max_norm`; returns the norm
/// before. Throws Error where that is not finite.
double clip_gradients(const NamedTensors& parameters, double max_norm);

}  // namespace spout
