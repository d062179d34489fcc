// The building blocks of encoders and output layers: dropout and initial weights.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "spout/sparse/batch/feature_kind.h"

namespace spout {

/// The random numbers of a forward pass. Without `training`, dropout does nothing.
struct StepRandom {
  uint64_t seed = 0;
  uint64_t step = 0;
  bool training = false;
};

/// Sets each element to 0 with probability p and scales the others by 1 / (1 - p).
///   h      [n, d]    returns the same shape
///   layer  tells apart the dropouts of one step
at::Tensor dropout(const at::Tensor& h, double p, const StepRandom& random, uint64_t layer);

/// Dropout of features: each entry of a row is dropped, or each token becomes tokens.unknown,
/// with probability p.
///   x  [n, D] dense or torch.sparse_csr, or tokens [n, T] i64
at::Tensor input_dropout(const at::Tensor& x, double p, const StepRandom& random,
                         const TokenNumbers& tokens = {});

struct InitOptions {
  uint64_t seed = 0;
  bool initialize = true;  // false: values stay unset
};

/// Draws initial weights, uniform in +-bound. They are drawn on the CPU in f32, so that every
/// device starts from the same weights, and bf16 weights are the f32 ones rounded.
///   layer  tells apart the weights of one model
at::Tensor uniform_init(at::IntArrayRef sizes, double bound, const InitOptions& options,
                        uint64_t layer, at::ScalarType dtype = at::kFloat);

}  // namespace spout
