// Two output layers (heads) on the same hidden rows. One scores where the non-zeros are (the
// support), the other predicts how large they are: a hurdle model for real-valued sparse targets.
#pragma once

#include <memory>

#include "spout/models/base/model_options.h"
#include "spout/models/base/output_layer.h"

namespace spout {

/// Makes both heads. Their loss is the support's loss on a target of ones at the non-zeros, plus
/// options.value.weight times the value loss at the non-zeros.
std::shared_ptr<OutputLayer> make_two_headed_output(int64_t width, LabelRange labels,
                                                    const ModelOptions& options, uint64_t seed);

}  // namespace spout
