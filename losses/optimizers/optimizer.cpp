#include "spout/losses/optimizers/optimizer.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>

#include "spout/losses/optimizers/update_rules.h"
#include "spout/sparse/base/find_by_name.h"

namespace spout {
namespace {

template <class Rule>
size_t always(const OptimizerOptions& /*options*/) {
  return index_of_rule<Rule>();
}
size_t sgd_rule(const OptimizerOptions& options) {
  return options.momentum > 0.0 ? index_of_rule<MomentumRule>() : index_of_rule<SgdRule>();
}

constexpr std::array<std::string_view, 3> kAdamOptions{"beta1", "beta2", "eps"};
constexpr std::array<std::string_view, 1> kAdagradOptions{"eps"};
constexpr std::array<std::string_view, 1> kSgdOptions{"momentum"};

constexpr std::array<OptimizerInfo, 4> kTable{{
    {"adamw", "Adam with decoupled weight decay", 1e-3, &always<AdamWRule>, kAdamOptions},
    {"adam", "Adam; weight decay is part of the gradient", 1e-3, &always<AdamRule>, kAdamOptions},
    {"adagrad", "per-weight rates from summed squared gradients", 1e-2, &always<AdagradRule>,
     kAdagradOptions},
    {"sgd", "plain gradient steps, with momentum where asked for", 1e-1, &sgd_rule, kSgdOptions},
}};

}  // namespace

std::span<const OptimizerInfo> optimizer_table() {
  return kTable;
}

const OptimizerInfo& find_optimizer(std::string_view name) {
  return find_by_name(kTable, name, "optimizer");
}

int64_t OptimizerInfo::state_per_weight(const OptimizerOptions& options) const {
  return static_cast<int64_t>(rule_info(rule(options)).states.size());
}

std::unique_ptr<Optimizer> OptimizerInfo::make(NamedTensors parameters,
                                               const OptimizerOptions& options) const {
  return std::make_unique<Optimizer>(std::move(parameters), options, rule(options));
}

Optimizer::Optimizer(NamedTensors parameters, const OptimizerOptions& options, size_t rule)
    : options_(options), rule_(rule) {
  for (auto& [name, parameter] : parameters) {
    Slot slot;
    slot.name = name;
    slot.parameter = parameter;
    const bool narrow = parameter.scalar_type() == at::kBFloat16;
    const auto dtype = narrow ? at::kFloat : parameter.scalar_type();
    for (size_t i = 0; i < rule_info(rule_).states.size(); ++i) {
      slot.state.push_back(at::zeros(parameter.sizes(), parameter.options().dtype(dtype)));
    }
    slots_.push_back(std::move(slot));
  }
}

size_t Optimizer::slot_of(const at::Tensor& parameter) const {
  for (size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].parameter.is_same(parameter)) return i;
  }
  TORCH_CHECK_VALUE(false, "optimizer: a parameter of shape ", parameter.sizes(), " is not known");
}

WeightUpdate Optimizer::whole_update(const Slot& slot, double lr) const {
  return {rule_,
          slot.parameter.detach(),
          {},
          slot.state,
          0,
          StepConstants(options_, lr * slot.rate_factor, num_steps_ + 1),
          rounding_seed(options_.seed, num_steps_ + 1),
          options_.lazy};
}

void Optimizer::update(const Slot& slot, int64_t begin, const at::Tensor& gradient,
                       double lr) const {
  const at::NoGradGuard no_grad;
  WeightUpdate update = whole_update(slot, lr);
  const auto part = [&](at::Tensor& whole) { whole = whole.narrow(0, begin, gradient.size(0)); };
  part(update.weights);
  std::for_each(update.state.begin(), update.state.end(), part);
  update.gradient = gradient.contiguous();
  update.first_row = begin;
  update_weights(update);
}

void Optimizer::update_listed(const Slot& slot, const at::Tensor& rows, const at::Tensor& gradient,
                              double lr) const {
  const at::NoGradGuard no_grad;
  WeightUpdate update = whole_update(slot, lr);
  update.gradient = gradient.contiguous();
  spout::update_listed_rows(update, rows, !rests_at_zero());
}

void Optimizer::set_rate_factor(const at::Tensor& parameter, double factor) {
  slots_[slot_of(parameter)].rate_factor = factor;
}

void Optimizer::begin_rows(const at::Tensor& parameter) {
  Slot& slot = slots_[slot_of(parameter)];
  TORCH_CHECK(!slot.rows_begun, "optimizer: '", slot.name,
              "' has moved in this step already; call step() between two losses");
  slot.rows_begun = true;
}

void Optimizer::abandon_rows(const at::Tensor& parameter) {
  slots_[slot_of(parameter)].rows_begun = false;
}

void Optimizer::update_rows(const at::Tensor& parameter, int64_t begin, const at::Tensor& gradient,
                            double lr) const {
  update(slots_[slot_of(parameter)], begin, gradient, lr);
}

void Optimizer::update_listed_rows(const at::Tensor& parameter, const at::Tensor& rows,
                                   const at::Tensor& gradient, double lr) const {
  update_listed(slots_[slot_of(parameter)], rows, gradient, lr);
}

RowUpdater Optimizer::row_updater(const at::Tensor& parameter, double lr) const {
  return spout::row_updater(whole_update(slots_[slot_of(parameter)], lr));
}

std::optional<Optimizer::PlainStep> Optimizer::plain_step(const at::Tensor& parameter,
                                                          double lr) const {
  if (rule_ != index_of_rule<SgdRule>()) return std::nullopt;
  // A lazy update does not decay rows without a gradient.
  if (options_.lazy && options_.weight_decay != 0.0) return std::nullopt;
  const double rate = lr * slots_[slot_of(parameter)].rate_factor;
  return PlainStep{1.0 - rate * options_.weight_decay, rate};
}

void Optimizer::step(double lr) {
  for (Slot& slot : slots_) {
    at::Tensor& gradient = slot.parameter.mutable_grad();
    if (gradient.defined() && gradient.is_sparse()) {
      // The gradient of an embedding lists a row as often as the batch uses it.
      gradient = gradient.coalesce();
      update_listed(slot, gradient._indices()[0], gradient._values(), lr);
    } else if (gradient.defined()) {
      update(slot, 0, gradient, lr);
    }
    gradient = at::Tensor();
    slot.rows_begun = false;
  }
  ++num_steps_;
}

bool Optimizer::rests_at_zero() const {
  return options_.lazy || rule_info(rule_).rests_at_zero(options_);
}

NamedTensors Optimizer::state() const {
  NamedTensors state;
  for (const Slot& slot : slots_) {
    for (size_t i = 0; i < slot.state.size(); ++i) {
      state.emplace_back(slot.name + "." + rule_info(rule_).states[i], slot.state[i]);
    }
  }
  return state;
}

double clip_gradients(const NamedTensors& parameters, double max_norm) {
  std::vector<at::Tensor> gradients;
  for (const auto& [name, parameter] : parameters) {
    at::Tensor& gradient = parameter.mutable_grad();
    if (!gradient.defined()) continue;
    if (gradient.is_sparse()) gradient = gradient.coalesce();
    gradients.push_back(gradient.is_sparse() ? gradient._values() : gradient);
  }
  double squares = 0.0;
  for (const at::Tensor& gradient : gradients) {
    const auto norm = at::linalg_vector_norm(gradient).item<double>();
    squares += norm * norm;
  }
  const double norm = std::sqrt(squares);
  TORCH_CHECK(std::isfinite(norm), "the norm of the gradient is ", norm);
  if (norm > max_norm) {
    for (at::Tensor& gradient : gradients)
      gradient.mul_(max_norm / norm);
  }
  return norm;
}

}  // namespace spout
