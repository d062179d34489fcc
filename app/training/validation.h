// How a training measures models on rows that it has held out.
#pragma once

#include <cstdint>
#include <functional>

#include "spout/app/run/evaluation.h"
#include "spout/app/run/train_options.h"

namespace spout {

/// The metrics that the options name, with what these need to know of the training rows. The value
/// of the loss is left to the caller.
///   targets  gives the targets [n, L'] of the training rows, L' <= labels; called if they count
///   labels   L of the rows to be measured
EvaluationOptions validation_options(const TrainOptions& options,
                                     const std::function<Csr()>& targets, int64_t labels,
                                     c10::Device device);

}  // namespace spout
