#include "spout/models/pretrained/pooling.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/tanh.h>

#include <limits>
#include <string>

#include "spout/models/base/script.h"

namespace spout {
namespace {

constexpr double kShortest = 1e-12;  // a row's length is taken to be at least this

at::Tensor pool_by(PoolingMode mode, const at::Tensor& h, const at::Tensor& mask) {
  switch (mode) {
    case PoolingMode::kCls:
      return h.select(1, 0);
    case PoolingMode::kMax: {
      constexpr double kLowest = -std::numeric_limits<double>::infinity();
      const at::Tensor shown = h.masked_fill(mask.logical_not().unsqueeze(2), kLowest);
      return std::get<0>(shown.max(1)).masked_fill(mask.any(1, true).logical_not(), 0.0);
    }
    case PoolingMode::kMean:
    case PoolingMode::kMeanSqrt:
      break;
  }
  const at::Tensor sum = (h * mask.unsqueeze(2)).sum(1);
  const at::Tensor count = mask.sum(1, true).clamp_min(1);
  return sum / (mode == PoolingMode::kMean ? count : count.sqrt());
}

/// The expression of a mode.
std::string expression_of(PoolingMode mode) {
  switch (mode) {
    case PoolingMode::kCls:
      return "h.select(1, 0)";
    case PoolingMode::kMax:
      return "torch.max(h.masked_fill(torch.logical_not(real).unsqueeze(2), float('-inf')), 1)[0]"
             ".masked_fill(torch.logical_not(real.any(1, True)), 0.0)";
    case PoolingMode::kMean:
      return "(h * real.unsqueeze(2)).sum([1]) / real.sum([1], True).clamp_min(1)";
    case PoolingMode::kMeanSqrt:
      break;
  }
  return "(h * real.unsqueeze(2)).sum([1]) / real.sum([1], True).clamp_min(1).sqrt()";
}

}  // namespace

at::Tensor pool_tokens(const at::Tensor& h, const at::Tensor& mask,
                       const std::vector<PoolingMode>& modes) {
  if (modes.size() == 1) return pool_by(modes[0], h, mask);
  std::vector<at::Tensor> parts;
  parts.reserve(modes.size());
  for (const PoolingMode mode : modes)
    parts.push_back(pool_by(mode, h, mask));
  return at::cat(parts, 1);
}

std::vector<SentenceLayer> sentence_layers(const PretrainedFolder& folder,
                                           const std::map<std::string, at::Tensor>& weights) {
  std::vector<SentenceLayer> layers;
  const std::vector<SentenceStep>& steps = folder.modules.steps;
  for (size_t i = 0; i < steps.size(); ++i) {
    SentenceLayer layer;
    if (steps[i].kind == SentenceStep::Kind::kDense) {
      layer.dense = find_affine(dense_name(i), weights);
    }
    layer.tanh = steps[i].tanh;
    layers.push_back(layer);
  }
  return layers;
}

at::Tensor apply_sentence_layer(const at::Tensor& rows, const SentenceLayer& layer) {
  if (!layer.dense.weight.defined()) {
    return rows / at::linalg_vector_norm(rows, 2, 1, /*keepdim=*/true).clamp_min(kShortest);
  }
  const at::Tensor made = layer.dense.linear(rows);
  return layer.tanh ? at::tanh(made) : made;
}

void write_pooling(Script& script, const std::vector<PoolingMode>& modes) {
  std::string parts;
  for (const PoolingMode mode : modes)
    parts += (parts.empty() ? "" : ", ") + expression_of(mode);
  script.statement("h = torch.cat([" + parts + "], 1)");
}

void write_sentence_layer(Script& script, const SentenceLayer& layer) {
  if (!layer.dense.weight.defined()) {
    script.statement("h = h / torch.linalg_vector_norm(h, 2, [1], True).clamp_min(1e-12)");
    return;
  }
  const std::string made = layer.dense.linear_call(script, "h");
  script.statement("h = " + (layer.tanh ? "torch.tanh(" + made + ")" : made));
}

}  // namespace spout
