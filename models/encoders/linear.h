// The model `linear`: scores are x W + b, with a weight for every pair of a feature and a label.
#pragma once

#include <memory>

#include "spout/models/base/model_options.h"

namespace spout {

class Encoder;
class Model;

/// Makes an encoder that passes the features on; training steps drop a share `dropout` of them.
std::shared_ptr<Encoder> make_feature_encoder(int64_t features, double dropout);

std::shared_ptr<Model> make_linear(const ModelShape& shape, const ModelOptions& options,
                                   uint64_t seed);
double linear_num_weights(const ModelShape& shape, const ModelOptions& options);
double linear_num_output_weights(const ModelShape& shape, const ModelOptions& options);

}  // namespace spout
