#include "spout/models/outputs/product_scores.h"

#include <ATen/autocast_mode.h>

#include "spout/losses/chunked/block_size.h"
#include "spout/losses/chunked/chunked_predict.h"
#include "spout/losses/scores_loss.h"

namespace spout {

ChunkedOptions chunked_options(const LossOptions& options) {
  ChunkedOptions chunked;
  chunked.reduction = options.reduction;
  return chunked;
}

at::Tensor all_at_once(const at::Tensor& scores, const at::Tensor& target, const Loss& loss,
                       LossOptions options) {
  options.in_place = true;
  return sparse_loss(loss, scores, target, options);
}

Csr predict_products(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                     const DecodeOptions& options, const Csr* seen, DecodeReport* report) {
  const bool bf16 = at::autocast::is_autocast_enabled(x.device().type());
  const auto dtype = bf16 ? at::kBFloat16 : at::kFloat;
  HiddenScores scores(x.to(dtype), weight, options.above_thresholds(bias),
                      chunked_block_labels(x.size(0), weight.size(0), x.options().dtype(dtype)));
  return options.with_scores(chunked_predict(scores, options, seen, report));
}

}  // namespace spout
