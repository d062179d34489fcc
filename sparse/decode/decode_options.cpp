#include "spout/sparse/decode/decode_options.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/index_select.h>

namespace spout {

at::Tensor DecodeOptions::above_thresholds(const at::Tensor& scores) const {
  if (!label_thresholds.defined()) return scores;
  TORCH_CHECK_VALUE(threshold == 0.0F, "decode: both a threshold of ", threshold,
                    " and one for each label");
  TORCH_CHECK_VALUE(label_thresholds.numel() == scores.size(-1), "decode: thresholds ",
                    label_thresholds.sizes(), " but scores ", scores.sizes());
  return scores - label_thresholds.to(scores.device());
}

Csr DecodeOptions::with_scores(Csr chosen) const {
  if (label_thresholds.defined()) {
    chosen.values = chosen.values + label_thresholds.index_select(0, chosen.col);
  }
  return chosen;
}

}  // namespace spout
