// Chooses the ridge of the model `ease`: with weights that have not seen a fifth of the items of
// some users, by nDCG@20 of these items.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

#include "spout/models/fitted/fit.h"

namespace spout {

/// Weights [L, L], item by item, that are fitted to users' rows x [n, L].
using EaseWeights = std::function<at::Tensor(const Csr& x, double ridge)>;

/// The most items that ridges are compared on. A fit takes the cube of their number.
constexpr int64_t kItemsForRidge = 8'192;

/// Tries three values of 25, 100, 500 and 2000: the inner two, and the one beyond the better, on
/// the commonest items.
///   returns  the best; 500 if no user has two of these items
double choose_ridge(const FitInput& input, const EaseWeights& weights);

}  // namespace spout
