// Optimizers: how a gradient moves the weights. One file each; the table is in optimizer.cpp. State
// tensors are named, so that a checkpoint is a plain dictionary.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sparse/layout/named_tensors.h"

namespace spout {

struct OptimizerOptions {
  double momentum = 0.0;      // sgd
  double beta1 = 0.9;         // adam, adamw
  double beta2 = 0.999;       // adam, adamw
  double eps = 1e-8;          // adam, adamw, adagrad
  double weight_decay = 0.0;  // added to the gradient; under adamw taken off the weight
};

class Optimizer {
 public:
  /// parameters  leaves whose grad() the step reads; one without a gradient is left alone
  explicit Optimizer(NamedTensors parameters) : parameters_(std::move(parameters)) {}
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// Moves every parameter along its gradient at rate `lr`, then drops the gradients.
  void step(double lr);

  /// The tensors that a checkpoint must hold beside the parameters, as views: copying into them
  /// restores the state. Names are the parameters' with a suffix.
  virtual NamedTensors state() const = 0;

  int64_t num_steps() const { return num_steps_; }
  void set_num_steps(int64_t steps) { num_steps_ = steps; }

 protected:
  /// Parameters that have a gradient, in a form that ATen's fused updates take.
  struct Active {
    std::vector<size_t> index;
    std::vector<at::Tensor> parameters;
    std::vector<at::Tensor> gradients;
    std::vector<at::Tensor> steps;  // scalar f32 each, holding num_steps() + 1

    std::vector<at::Tensor> pick(const std::vector<at::Tensor>& all) const;
  };
  virtual void update(const Active& active, double lr) = 0;

  const NamedTensors& parameters() const { return parameters_; }
  /// A tensor of zeros for each parameter.
  std::vector<at::Tensor> zeros_like_parameters() const;
  void append_state(NamedTensors& out, const std::string& suffix,
                    const std::vector<at::Tensor>& tensors) const;

 private:
  NamedTensors parameters_;
  int64_t num_steps_ = 0;
};

/// A line of the table.
struct OptimizerInfo {
  std::string_view name;
  std::string_view help;
  double default_lr;
  int64_t (*state_per_weight)(const OptimizerOptions& options);  // f32 numbers kept per weight
  std::unique_ptr<Optimizer> (*make)(NamedTensors parameters, const OptimizerOptions& options);
};

std::span<const OptimizerInfo> optimizer_table();

/// Throws ValueError that lists the known names.
const OptimizerInfo& find_optimizer(std::string_view name);

/// Scales all gradients so that their joint Euclidean norm is at most `max_norm`; returns the norm
/// before.
double clip_gradients(const NamedTensors& parameters, double max_norm);

}  // namespace spout
