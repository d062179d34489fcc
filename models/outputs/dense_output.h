// Output layers on dense hidden rows: a plain one, and one for cosines, whose weight rows keep
// length one.
#pragma once

#include <memory>

#include "spout/models/base/output_layer.h"

namespace spout {

/// Makes a layer whose scores are x W^T + b, with W [L, d] and b [L].
///   bf16  keeps the weights in bf16, where updates are rounded stochastically
std::shared_ptr<OutputLayer> make_dense_output(int64_t width, LabelRange labels, bool bf16,
                                               const InitOptions& init);

/// Makes a layer without biases whose weight rows have length one: where x has length
/// 1 / temperature, the scores are cosines divided by the temperature.
std::shared_ptr<OutputLayer> make_cosine_output(int64_t width, LabelRange labels, bool bf16,
                                                const InitOptions& init);

}  // namespace spout
