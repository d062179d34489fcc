// An output layer whose weight is mostly zeros and fitted, not trained: z = x W + b, W [D, L] as
// CSR. The scores of a row cost as much as the entries of W in the rows of its features.
#pragma once

#include <memory>

#include "spout/models/base/output_layer.h"

namespace spout {

/// Makes a layer of zeros.
std::shared_ptr<OutputLayer> make_csr_output(int64_t features, int64_t labels);

/// Sets the weights of such a layer.
///   weight [D, L]    bias [L] f32
void set_csr_output(OutputLayer& output, const Csr& weight, const at::Tensor& bias);

/// The bias [L] of such a layer.
const at::Tensor& csr_output_bias(const OutputLayer& output);

}  // namespace spout
