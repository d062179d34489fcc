// One post-norm layer of the pretrained transformer: attend, add, normalise; widen, narrow, add,
// normalise. Source: Vaswani et al. (NeurIPS 2017), as in BERT (Devlin et al., NAACL 2019).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "spout/models/base/layers.h"
#include "spout/models/pretrained/affine.h"
#include "spout/models/pretrained/config.h"

namespace spout {

struct TransformerLayer {
  Affine attend;  // queries, keys and values, [3d, d]
  Affine join;
  Affine norm_1;
  Affine widen;
  Affine narrow;
  Affine norm_2;

  /// Runs the layer.
  ///   h        [n, T, d]
  ///   bias     added to the attention's scores, [n or 1, 1 or heads, 1 or T, T]; undefined: none
  ///   dropout  the number of the layer's first dropout; there are kDropouts
  ///   returns  [n, T, d]
  at::Tensor forward(const TransformerConfig& config, const at::Tensor& h, const at::Tensor& bias,
                     const StepRandom& random, uint64_t dropout) const;
  static constexpr uint64_t kDropouts = 3;

  /// Writes the statements that replace `h`, given `bias`.
  void write_script(Script& script, const TransformerConfig& config) const;

  void keep_low(at::ScalarType type);
};

}  // namespace spout
