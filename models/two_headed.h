// The model `two-headed`: hidden layers, then two output layers. One says where the non-zeros are
// (support), the other how large they are: a hurdle model for real-valued sparse targets.
#pragma once

#include <memory>

#include "models/model_options.h"
#include "models/output_layer.h"

namespace spout {

class Model;

/// Both heads. Their loss is that of the support, on ones where the target is not zero, plus
/// options.value.weight times the value loss at its non-zeros.
std::shared_ptr<OutputLayer> make_two_headed_output(int64_t width, LabelRange labels,
                                                    const ModelOptions& options, uint64_t seed);

std::shared_ptr<Model> make_two_headed(const ModelShape& shape, const ModelOptions& options,
                                       uint64_t seed);
double two_headed_num_weights(const ModelShape& shape, const ModelOptions& options);

}  // namespace spout
