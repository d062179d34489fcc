// Losses and optimizers written plainly with dense tensors: what everything clever is compared
// with.
#pragma once

#include <ATen/ATen.h>

#include <limits>
#include <string_view>
#include <vector>

#include "spout/losses/base/loss.h"
#include "spout/losses/loss_table.h"
#include "spout/losses/optimizers/update_rule.h"

namespace spout::testing {

/// Labels 2, 9, 17, 20 and 36, which stand for 37 of them.
inline std::shared_ptr<const DrawnLabels> some_drawn_labels() {
  return std::make_shared<const DrawnLabels>(
      DrawnLabels{at::tensor({2, 9, 17, 20, 36}, at::kLong),
                  at::tensor({9.0F, 4.0F, 12.5F, 1.0F, 7.5F}).log()});
}

/// Every line of the table, and again with other parameters, or drawn labels, where it has some.
inline std::vector<Loss> losses_to_test(int64_t num_labels = 37) {
  std::vector<Loss> losses(loss_table().begin(), loss_table().end());
  const auto add = [&](const char* name, const auto& change) {
    losses.push_back(find_loss(name));
    change(losses.back().parameters);
  };
  add("mse", [](LossParameters& p) { p.zero_weight = 0.25; });
  add("mse", [](LossParameters& p) { p.zero_weight = 0.0; });
  add("focal", [](LossParameters& p) { p.gamma = 0.0; });
  add("asymmetric", [](LossParameters& p) { p.gamma_negative = 0.0; });
  add("asymmetric", [](LossParameters& p) {
    p.gamma_positive = 0.0;
    p.gamma_negative = 1.5;
    p.margin = 0.25;
  });
  if (num_labels >= 37) {
    losses.push_back(find_loss("sampled-softmax"));
    losses.back().drawn = some_drawn_labels();
  }
  return losses;
}

/// The terms of a loss [n, L] of scores against a dense target; differentiable.
inline at::Tensor dense_terms(const Loss& loss, const at::Tensor& z, const at::Tensor& y) {
  if (loss.name == "bce") {
    return at::binary_cross_entropy_with_logits(z, y, {}, {}, at::Reduction::None);
  }
  if (loss.name == "squared-hinge") {
    return (1 - y) * (1 + z).clamp_min(0).square() + y * (1 - z).clamp_min(0).square();
  }
  const LossParameters& p = loss.parameters;
  const at::Tensor s = z.sigmoid();
  const at::Tensor log_s = at::log_sigmoid(z);
  if (loss.name == "focal") {
    return -y * (1 - s).pow(p.gamma) * log_s - (1 - y) * s.pow(p.gamma) * at::log_sigmoid(-z);
  }
  if (loss.name == "asymmetric") {
    const at::Tensor above = (s - p.margin).clamp_min(0);
    return -y * (1 - s).pow(p.gamma_positive) * log_s -
           (1 - y) * above.pow(p.gamma_negative) * (1 - above).log();
  }
  if (loss.name == "mse") {
    return at::where(y == 0, p.zero_weight * z.square(), (z - y).square());
  }
  if (loss.name == "poisson") return z.exp() - y * z;
  if (loss.name == "softmax" || (loss.name == "sampled-softmax" && loss.drawn == nullptr)) {
    return -(y * at::log_softmax(z, 1));
  }
  if (loss.name == "sampled-softmax") {
    const at::Tensor of_drawn =
        at::full({z.size(1)}, -std::numeric_limits<double>::infinity(), z.options())
            .index_copy_(0, loss.drawn->label, loss.drawn->log_count.to(z.scalar_type()));
    const at::Tensor log_counts = at::where(y == 0, of_drawn.unsqueeze(0), at::zeros_like(z));
    return -(y * (z - at::logsumexp(z + log_counts, 1, /*keepdim=*/true)));
  }
  TORCH_CHECK(false, "no dense reference for ", loss.name, ": add one above");
}

/// Of the targets' terms, [n, L].
inline at::Tensor dense_weights(const LossWeights& weights, const at::Tensor& y) {
  at::Tensor all = at::ones_like(y);
  if (weights.row.defined()) all = all * weights.row.to(at::kDouble).unsqueeze(1);
  if (weights.label.defined()) all = all * weights.label.to(at::kDouble);
  if (weights.positive.defined()) all = all * weights.positive.to(at::kDouble);
  return all;
}

/// Their sum, each times the weights of its row and its label, targets' terms also times theirs.
inline at::Tensor dense_loss(const Loss& loss, const at::Tensor& z, const at::Tensor& y,
                             const LossWeights& weights = {}) {
  if (loss.drawn != nullptr && weights.any()) {  // a target of weight 0 is an absent entry
    const at::Tensor weighed = dense_weights(weights, y);
    return dense_terms(loss, z, y * weighed).sum();
  }
  at::Tensor terms = dense_terms(loss, z, y);
  if (weights.positive.defined()) {
    terms = at::where(y == 0, terms, terms * weights.positive.to(at::kDouble));
  }
  if (weights.row.defined()) terms = terms * weights.row.to(at::kDouble).unsqueeze(1);
  if (weights.label.defined()) terms = terms * weights.label.to(at::kDouble);
  return terms.sum();
}

/// One weight tensor and its optimizer, step by step as the papers state them.
class DenseOptimizer {
 public:
  DenseOptimizer(std::string_view name, const OptimizerOptions& options)
      : name_(name), options_(options) {}

  void step(at::Tensor& w, at::Tensor g, double lr) {
    const OptimizerOptions& o = options_;
    if (++steps_ == 1) first_ = second_ = at::zeros_like(w);
    if (name_ == "adamw") {
      w = w * (1 - lr * o.weight_decay);
    } else {
      g = g + o.weight_decay * w;
    }
    if (name_ == "sgd") {
      first_ = o.momentum * first_ + g;
      w = w - lr * first_;
    } else if (name_ == "adagrad") {
      second_ = second_ + g * g;
      w = w - lr * g / (second_.sqrt() + o.eps);
    } else {
      first_ = o.beta1 * first_ + (1 - o.beta1) * g;
      second_ = o.beta2 * second_ + (1 - o.beta2) * g * g;
      const at::Tensor mean = first_ / (1 - std::pow(o.beta1, steps_));
      const at::Tensor square = second_ / (1 - std::pow(o.beta2, steps_));
      w = w - lr * mean / (square.sqrt() + o.eps);
    }
  }

 private:
  std::string_view name_;
  OptimizerOptions options_;
  int steps_ = 0;
  at::Tensor first_;
  at::Tensor second_;
};

}  // namespace spout::testing
