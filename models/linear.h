// The model `linear`: scores = x W + b, a weight for every (feature, label) pair.
#pragma once

#include <memory>

#include "models/model_options.h"

namespace spout {

class Encoder;
class Model;

/// Hands the features on, without a share `dropout` of them while it trains.
std::shared_ptr<Encoder> make_feature_encoder(int64_t features, double dropout);

std::shared_ptr<Model> make_linear(const ModelShape& shape, const ModelOptions& options,
                                   uint64_t seed);
double linear_num_weights(const ModelShape& shape, const ModelOptions& options);
double linear_num_output_weights(const ModelShape& shape, const ModelOptions& options);

}  // namespace spout
