#include "losses/optimizer.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/zeros_like.h>

#include <array>
#include <cmath>

#include "losses/adagrad.h"
#include "losses/adam.h"
#include "losses/sgd.h"
#include "sparse/layout/find_by_name.h"

namespace spout {
namespace {

int64_t two(const OptimizerOptions& /*options*/) {
  return 2;
}
int64_t one(const OptimizerOptions& /*options*/) {
  return 1;
}
int64_t with_momentum(const OptimizerOptions& options) {
  return options.momentum > 0.0 ? 1 : 0;
}

constexpr std::array<OptimizerInfo, 4> kTable{{
    {"adamw", "Adam with decoupled weight decay", 1e-3, &two, &make_adamw},
    {"adam", "Adam; weight decay is part of the gradient", 1e-3, &two, &make_adam},
    {"adagrad", "per-weight rates from summed squared gradients", 1e-2, &one, &make_adagrad},
    {"sgd", "plain gradient steps, or with --momentum", 1e-1, &with_momentum, &make_sgd},
}};

}  // namespace

std::span<const OptimizerInfo> optimizer_table() {
  return kTable;
}

const OptimizerInfo& find_optimizer(std::string_view name) {
  return find_by_name(kTable, name, "optimizer");
}

void Optimizer::step(double lr) {
  const at::NoGradGuard no_grad;
  ++num_steps_;
  Active active;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    at::Tensor& parameter = parameters_[i].second;
    if (!parameter.grad().defined()) continue;
    active.index.push_back(i);
    active.parameters.push_back(parameter);
    active.gradients.push_back(parameter.grad());
    active.steps.push_back(at::full({}, static_cast<double>(num_steps_),
                                    parameter.options().requires_grad(false).dtype(at::kFloat)));
  }
  if (!active.index.empty()) update(active, lr);
  for (auto& [name, parameter] : parameters_)
    parameter.mutable_grad() = at::Tensor();
}

std::vector<at::Tensor> Optimizer::Active::pick(const std::vector<at::Tensor>& all) const {
  std::vector<at::Tensor> picked;
  picked.reserve(index.size());
  for (const size_t i : index)
    picked.push_back(all[i]);
  return picked;
}

std::vector<at::Tensor> Optimizer::zeros_like_parameters() const {
  std::vector<at::Tensor> zeros;
  for (const auto& [name, parameter] : parameters_)
    zeros.push_back(at::zeros_like(parameter.detach()));
  return zeros;
}

void Optimizer::append_state(NamedTensors& out, const std::string& suffix,
                             const std::vector<at::Tensor>& tensors) const {
  for (size_t i = 0; i < tensors.size(); ++i) {
    out.emplace_back(parameters_[i].first + "." + suffix, tensors[i]);
  }
}

double clip_gradients(const NamedTensors& parameters, double max_norm) {
  double squares = 0.0;
  for (const auto& [name, parameter] : parameters) {
    if (!parameter.grad().defined()) continue;
    const auto norm = at::linalg_vector_norm(parameter.grad()).item<double>();
    squares += norm * norm;
  }
  const double norm = std::sqrt(squares);
  TORCH_CHECK(std::isfinite(norm), "the norm of the gradient is ", norm);
  if (norm > max_norm) {
    for (const auto& [name, parameter] : parameters) {
      if (parameter.grad().defined()) parameter.grad().mul_(max_norm / norm);
    }
  }
  return norm;
}

}  // namespace spout
