// Chooses between the kinds of training.
#pragma once

#include <memory>

#include "spout/app/training/training.h"

namespace spout {

/// Makes the training that the options ask for.
///   options  must outlive it
std::unique_ptr<Training> make_training(const TrainOptions& options, const RunFolder& folder,
                                        TrainData data, c10::Device device);

}  // namespace spout
