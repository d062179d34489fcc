// The model `two-headed`: hidden layers, then two output layers; see outputs/two_headed_output.h.
#pragma once

#include <memory>

#include "spout/models/base/model_options.h"

namespace spout {

class Model;

std::shared_ptr<Model> make_two_headed(const ModelShape& shape, const ModelOptions& options,
                                       uint64_t seed);
double two_headed_num_weights(const ModelShape& shape, const ModelOptions& options);

}  // namespace spout
