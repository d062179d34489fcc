// An optimizer moves the weights by their gradients. Each update rule has a file of its own (sgd.h,
// adam.h, adagrad.h), and optimizer.cpp has the table. step() moves whole parameters; the output
// layer moves its weights block of rows by block, as soon as it has their gradient. State tensors
// have names, so that a checkpoint is a plain dictionary.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "spout/losses/optimizers/update_rule.h"
#include "spout/losses/optimizers/weight_update.h"
#include "spout/sparse/base/named_tensors.h"

namespace spout {

class Optimizer {
 public:
  /// Makes an optimizer of some parameters, with its state at zero.
  ///   parameters  leaves, f32 or bf16 (f64 through plain tensor operations); a parameter without a
  ///               gradient does not move
  ///   rule        index into UpdateRules
  Optimizer(NamedTensors parameters, const OptimizerOptions& options, size_t rule);

  /// Makes a parameter move at `factor` times the rate of each step.
  void set_rate_factor(const at::Tensor& parameter, double factor);

  /// Ends a step: moves every parameter that has a grad() at rate `lr`, then drops the gradients.
  /// A gradient may be a torch sparse tensor of rows, in which the other rows are zero.
  void step(double lr);

  /// Announces that the rows of a parameter are about to move, each once. Throws Error on a second
  /// call before step(), since a loss computed twice would move them twice.
  void begin_rows(const at::Tensor& parameter);

  /// Takes begin_rows() back, for a loss that failed before it moved any row.
  void abandon_rows(const at::Tensor& parameter);

  /// Moves rows [begin, begin + rows) of a parameter, as part of the step that step() will end.
  ///   gradient  [rows, ...] of the parameter's dtype, or f32
  void update_rows(const at::Tensor& parameter, int64_t begin, const at::Tensor& gradient,
                   double lr) const;

  /// Moves a matrix whose gradient is given for the listed rows and zero for all others.
  ///   rows [m] i64, ascending, distinct    gradient [m, ...]
  void update_listed_rows(const at::Tensor& parameter, const at::Tensor& rows,
                          const at::Tensor& gradient, double lr) const;

  /// A function that moves parts of single rows of a matrix in host memory.
  RowUpdater row_updater(const at::Tensor& parameter, double lr) const;

  /// Whether rows without a gradient stay exactly where they are, by the rule or because the update
  /// is lazy.
  bool rests_at_zero() const;

  /// A step that is w <- kept w - rate g and nothing else.
  struct PlainStep {
    double kept;
    double rate;
  };
  /// The plain step of this parameter, where the optimizer takes one (sgd without momentum).
  std::optional<PlainStep> plain_step(const at::Tensor& parameter, double lr) const;

  /// The tensors that a checkpoint must hold beside the parameters, as views: copying into them
  /// restores the state. Their names are those of the parameters with a suffix.
  NamedTensors state() const;

  int64_t num_steps() const { return num_steps_; }
  void set_num_steps(int64_t steps) { num_steps_ = steps; }

 private:
  struct Slot {
    std::string name;
    at::Tensor parameter;
    std::vector<at::Tensor> state;
    bool rows_begun = false;   // whether begin_rows() was called in this step
    double rate_factor = 1.0;  // see set_rate_factor()
  };
  size_t slot_of(const at::Tensor& parameter) const;
  /// The update of all rows of a parameter, without its gradient.
  WeightUpdate whole_update(const Slot& slot, double lr) const;
  void update(const Slot& slot, int64_t begin, const at::Tensor& gradient, double lr) const;
  void update_listed(const Slot& slot, const at::Tensor& rows, const at::Tensor& gradient,
                     double lr) const;

  OptimizerOptions options_;
  size_t rule_;
  std::vector<Slot> slots_;
  int64_t num_steps_ = 0;
};

/// A line of the table of optimizers.
struct OptimizerInfo {
  std::string_view name;
  std::string_view help;
  double default_lr;
  /// The index of its rule in UpdateRules, given the options.
  size_t (*rule)(const OptimizerOptions& options);
  /// Names of the options that this optimizer reads and not every optimizer does.
  std::span<const std::string_view> parameter_names{};

  /// The number of f32 numbers kept per weight.
  int64_t state_per_weight(const OptimizerOptions& options) const;
  std::unique_ptr<Optimizer> make(NamedTensors parameters, const OptimizerOptions& options) const;
};

std::span<const OptimizerInfo> optimizer_table();

/// The line of the optimizer called `name`.
///   throws ValueError, listing the known names
const OptimizerInfo& find_optimizer(std::string_view name);

/// Scales all gradients so that their joint Euclidean norm is at most `max_norm`, and returns the
/// norm they had before. Throws Error where that norm is not finite.
double clip_gradients(const NamedTensors& parameters, double max_norm);

}  // namespace spout
