// The model `linear`: scores = x W + b, a weight for every (feature, label) pair.
#pragma once

#include <memory>

#include "models/model_options.h"

namespace spout {

class Model;

std::shared_ptr<Model> make_linear(const ModelShape& shape, const ModelOptions& options,
                                   uint64_t seed);
double linear_num_weights(const ModelShape& shape, const ModelOptions& options);
double linear_num_output_weights(const ModelShape& shape, const ModelOptions& options);

}  // namespace spout
