// The output layer that reads the features directly, for models without hidden layers.
#pragma once

#include <memory>

#include "spout/models/base/output_layer.h"

namespace spout {

/// Makes a layer with weight [D, L] (feature-major): a sparse row reads only its features' weights.
std::shared_ptr<OutputLayer> make_sparse_output(int64_t features, LabelRange labels);

}  // namespace spout
