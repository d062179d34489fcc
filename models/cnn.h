// The model `cnn`: tokens -> convolutions over a few neighbouring ones -> the largest of each over
// the document -> output layer.
#pragma once

#include <memory>

#include "models/model_options.h"

namespace spout {

class Model;

/// options.windows  tokens that a convolution sees, options.filters convolutions of each
///   throws ValueError unless all sizes are positive
std::shared_ptr<Model> make_cnn(const ModelShape& shape, const ModelOptions& options,
                                uint64_t seed);
double cnn_num_weights(const ModelShape& shape, const ModelOptions& options);
double cnn_num_output_weights(const ModelShape& shape, const ModelOptions& options);
double cnn_row_values(const ModelOptions& options, double tokens);

}  // namespace spout
