#include "spout/models/pretrained/distance_bias.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/where.h>

#include <cmath>

#include <fmt/format.h>

#include "spout/models/base/script.h"
#include "spout/models/pretrained/weights.h"

namespace spout {
namespace {

constexpr int64_t kSide = 16;        // buckets of either sign
constexpr int64_t kExact = 8;        // of these, so many hold one distance each
constexpr double kFarthest = 128.0;  // and all beyond share the last

/// The buckets of the distances -(tokens - 1) ... tokens - 1. Arithmetic is in f32, so that
/// distances at a bucket's edge fall where they do in PyTorch.
at::Tensor buckets_of(int64_t tokens, c10::Device device) {
  const at::Tensor distance =
      at::arange(1 - tokens, tokens, at::TensorOptions().dtype(at::kLong).device(device));
  const at::Tensor size = distance.abs();
  const at::Tensor far =
      ((size.to(at::kFloat) / static_cast<double>(kExact)).log() /
       std::log(kFarthest / static_cast<double>(kExact)) * static_cast<double>(kSide - kExact))
          .clamp_min(0.0)  // of distance 0 it is -inf, and not used
          .to(at::kLong)
          .add(kExact)
          .clamp_max(kSide - 1);
  return at::where(size < kExact, size, far) + distance.gt(0).to(at::kLong) * kSide;
}

}  // namespace

at::Tensor distance_biases(const at::Tensor& table, int64_t tokens) {
  const at::Tensor place =
      at::arange(tokens, at::TensorOptions().dtype(at::kLong).device(table.device()));
  const at::Tensor of_pair = buckets_of(tokens, table.device())
                                 .take(place.unsqueeze(0) - place.unsqueeze(1) + (tokens - 1));
  return at::embedding(table, of_pair).permute({2, 0, 1});
}

void write_distance_biases(Script& script, const at::Tensor& table, int64_t most) {
  const std::string buckets = script.parameter("distance_bucket", buckets_of(most, table.device()));
  script.statement("place = torch.arange(x.size(1), device=x.device)");
  script.statement(fmt::format("pair = {}.take(place.unsqueeze(0) - place.unsqueeze(1) + {})",
                               buckets, most - 1));
  script.statement(fmt::format("bias = bias + torch.embedding({}, pair).permute([2, 0, 1])",
                               script.parameter(WeightNames::kDistance, table)));
}

}  // namespace spout
