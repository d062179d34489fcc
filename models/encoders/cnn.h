// The model `cnn`: tokens -> convolutions over a few neighbouring tokens -> the maximum of each
// over the document -> output layer.
#pragma once

#include <memory>

#include "spout/models/base/model_options.h"

namespace spout {

class Model;

/// Makes the model with options.cnn.filters convolutions of each width in options.cnn.windows.
///   throws ValueError unless all sizes are positive
std::shared_ptr<Model> make_cnn(const ModelShape& shape, const ModelOptions& options,
                                uint64_t seed);
double cnn_num_weights(const ModelShape& shape, const ModelOptions& options);
double cnn_num_output_weights(const ModelShape& shape, const ModelOptions& options);
double cnn_row_values(const ModelOptions& options, double tokens);

}  // namespace spout
