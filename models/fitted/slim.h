// The model `slim`: item-item weights as those of `ease`, but each item is learned from its K most
// similar items only, so that any number of items can be learned. Scores are x W, where column j of
// W minimises |x_j - X w|^2 + ridge |w|^2 over the weights of the K items whose columns of users
// are most similar to j's by their cosine. With A the K x K part of X^T X and g its column j, both
// restricted to these items, w = (A + ridge I)^-1 g; with all other items it is ease.
// Sources: Ning and Karypis, "SLIM" (ICDM 2011), whose fsSLIM chooses the items so; Steck, "Markov
// random fields for collaborative filtering" (NeurIPS 2019) for least squares on such parts.
#pragma once

#include <memory>

#include "spout/models/fitted/fit.h"

namespace spout {

class Model;

std::shared_ptr<Model> make_slim(const ModelShape& shape, const ModelOptions& options,
                                 uint64_t seed);

/// Fits the weights of the items input.y [n, L] to the users' items input.x [n, D].
///   returns the objective, mean per row
double fit_slim(Model& model, const FitInput& input, const ModelOptions& options);

/// Returns 0, since make_slim() allocates no weights.
double slim_num_weights(const ModelShape& shape, const ModelOptions& options);

/// Estimates the bytes that fit_slim() takes, those of the weights it finds included.
double fit_slim_bytes(const FitSize& size);

}  // namespace spout
