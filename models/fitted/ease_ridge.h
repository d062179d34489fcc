// Chooses the ridge of the model `ease`: with weights that have not seen a fifth of the items of
// some users, by nDCG@20 of these items.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

#include "spout/models/fitted/fit.h"

namespace spout {

/// Weights [L, L], item by item, that are fitted to users' rows x [n, L].
using EaseWeights = std::function<at::Tensor(const Csr& x, double ridge)>;

/// Tries three values of 25, 100, 500 and 2000: the inner two, and the one beyond the better.
///   returns  the best; 500 if no user has two items
double choose_ridge(const FitInput& input, const EaseWeights& weights);

}  // namespace spout
