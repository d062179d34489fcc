// The model `popular`: the same for every row, each label scored by the number of training rows
// that have it. What any other model has to beat.
#pragma once

#include <memory>

#include "spout/models/fitted/fit.h"

namespace spout {

class Model;

std::shared_ptr<Model> make_popular(const ModelShape& shape, const ModelOptions& options,
                                    uint64_t seed);

/// Counts the labels.
///   returns NaN, since nothing is minimised
double fit_popular(Model& model, const FitInput& input, const ModelOptions& options);

/// Returns 0, since nothing is trained.
double popular_num_weights(const ModelShape& shape, const ModelOptions& options);

/// Estimates the bytes that fit_popular() takes beside the model.
double fit_popular_bytes(const FitSize& size);

}  // namespace spout
