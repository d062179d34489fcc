// The model `mlp`: features -> hidden layers -> output layer.
#pragma once

#include <memory>

#include "spout/models/base/model_options.h"

namespace spout {

class Encoder;
class Model;

/// Makes the hidden layers alone.
///   throws ValueError unless there is at least one and all widths are positive
std::shared_ptr<Encoder> make_mlp_encoder(int64_t features, const ModelOptions& options,
                                          uint64_t seed);

std::shared_ptr<Model> make_mlp(const ModelShape& shape, const ModelOptions& options,
                                uint64_t seed);
double mlp_num_weights(const ModelShape& shape, const ModelOptions& options);
double mlp_num_output_weights(const ModelShape& shape, const ModelOptions& options);

}  // namespace spout
