// The model `transformer`: tokens and their places -> layers of self-attention -> the mean over the
// document -> output layer.
#pragma once

#include <memory>

#include "models/model_options.h"

namespace spout {

class Model;

/// options.layers layers of options.width, attended to by options.heads
///   throws ValueError unless all are positive and the width is a multiple of 2 and of the heads
std::shared_ptr<Model> make_transformer(const ModelShape& shape, const ModelOptions& options,
                                        uint64_t seed);
double transformer_num_weights(const ModelShape& shape, const ModelOptions& options);
double transformer_num_output_weights(const ModelShape& shape, const ModelOptions& options);
double transformer_row_values(const ModelOptions& options, double tokens);

}  // namespace spout
