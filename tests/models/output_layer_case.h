// A small output layer with a fixed batch, and every line of the optimizer table with settings that
// use it: what the tests of the layer in blocks share.
#pragma once

#include "spout/losses/optimizers/optimizer.h"
#include "spout/tests/testing.h"  // first: doctest after torch

#include <ATen/ATen.h>

#include "spout/losses/chunked/chunked.h"
#include "spout/sparse/layout/csr.h"
#include "spout/tests/tensors.h"

namespace spout::testing {

inline constexpr int64_t kRows = 6;
inline constexpr int64_t kWidth = 19;  // not a multiple of any vector width
inline constexpr int64_t kNarrow = 3;  // half of kRows: mse then needs no scores

/// Row 1 is empty, row 3 is all positive, the last label occurs.
inline at::Tensor target_of(int64_t num_labels) {
  std::vector<int64_t> crow{0};
  std::vector<int64_t> col;
  for (int64_t row = 0; row < kRows; ++row) {
    for (int64_t label = 0; label < num_labels; ++label) {
      const bool stored = row == 3 || (row != 1 && (label * 7 + row * 3) % 11 == 0) ||
                          (row == 5 && label == num_labels - 1);
      if (stored) col.push_back(label);
    }
    crow.push_back(static_cast<int64_t>(col.size()));
  }
  std::vector<float> values(col.size(), 1.0F);
  return to_torch_coo(
      make_csr(kRows, num_labels, std::move(crow), std::move(col), std::move(values)));
}

/// A linear output layer and a fixed batch; hidden and weights are such that bf16 holds them.
struct Layer {
  at::Tensor hidden;
  at::Tensor weight;
  at::Tensor bias;
  at::Tensor target;
  LossWeights weights;

  Layer(int64_t num_labels, at::ScalarType dtype, int64_t width = kWidth)
      : hidden(normal({kRows, width}, 1).to(at::kBFloat16).to(at::kFloat)),
        weight(normal({num_labels, width}, 2).mul(0.3).to(at::kBFloat16).to(dtype)),
        bias(normal({num_labels}, 3).mul(0.5).to(at::kFloat)),
        target(target_of(num_labels)) {}

  ChunkedInput input() const { return {hidden, weight, bias, target, weights}; }
  /// Row 0 counts twice, label 2 not at all; targets between half and three times.
  void weigh(bool rows, bool labels, bool positives) {
    weights = {};
    if (positives) weights.positive = at::linspace(0.5, 3.0, weight.size(0), at::kFloat);
    if (rows) weights.row = at::linspace(2.0, 0.5, kRows, at::kFloat);
    if (labels) weights.label = at::linspace(0.1, 3.0, weight.size(0), at::kFloat);
    if (labels && weight.size(0) > 2) weights.label[2] = 0.0;
  }
  NamedTensors parameters() const { return {{"weight", weight}, {"bias", bias}}; }
  at::Tensor scores() const { return at::addmm(bias, hidden, weight.t()); }
};

/// A line of the optimizer table with its settings. A large eps keeps Adam and Adagrad smooth where
/// a gradient is next to nothing.
struct Case {
  const OptimizerInfo* info;
  OptimizerOptions options;

  std::unique_ptr<Optimizer> make(const Layer& layer) const {
    return info->make(layer.parameters(), options);
  }
};

inline std::vector<Case> optimizer_cases() {
  OptimizerOptions options;
  options.eps = 1e-2;
  options.weight_decay = 0.01;
  std::vector<Case> cases;
  for (const OptimizerInfo& info : optimizer_table())
    cases.push_back({&info, options});
  options.momentum = 0.9;
  cases.push_back({&find_optimizer("sgd"), options});
  options = {};
  options.eps = 1e-2;
  cases.push_back({&find_optimizer("sgd"), options});
  cases.push_back({&find_optimizer("adagrad"), options});
  return cases;
}

inline ChunkedOptions blocks_of(int64_t labels) {
  ChunkedOptions options;
  options.block_labels = labels;
  return options;
}

}  // namespace spout::testing
