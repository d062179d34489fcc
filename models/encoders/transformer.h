// The model `transformer`: tokens and their positions -> layers of self-attention -> the mean over
// the document -> output layer.
#pragma once

#include <memory>

#include "spout/models/base/model_options.h"

namespace spout {

class Model;

/// Makes the model with options.transformer.layers layers of width options.token_width, each with
/// options.transformer.heads attention heads.
///   throws ValueError unless all are positive and the width is a multiple of 2 and of the heads
std::shared_ptr<Model> make_transformer(const ModelShape& shape, const ModelOptions& options,
                                        uint64_t seed);
double transformer_num_weights(const ModelShape& shape, const ModelOptions& options);
double transformer_num_output_weights(const ModelShape& shape, const ModelOptions& options);
double transformer_row_values(const ModelOptions& options, double tokens);

}  // namespace spout
