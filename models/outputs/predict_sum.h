// Prediction from sums of two kinds of scores: dense ones, which come in blocks of labels, and
// sparse ones, which most labels of a row lack. No [n, L] exists.
#pragma once

#include <functional>

#include "spout/models/base/output_layer.h"
#include "spout/sparse/decode/decode_options.h"

namespace spout {

/// Computes dense scores [n, some.size()] f32 of some labels, for the caller to change in place.
using DenseScores = std::function<at::Tensor(LabelRange some)>;

/// The best entries of every row by dense scores plus sparse ones, in host memory.
///   dense   of labels [0, sparse.cols)
///   sparse  [n, L]; entries that it lacks add nothing
///   seen, report  as in OutputLayer::predict()
Csr predict_sum(const DenseScores& dense, const Csr& sparse, const DecodeOptions& options,
                const Csr* seen, DecodeReport* report);

}  // namespace spout
