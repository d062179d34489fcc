// The model `ease`: item-item weights in closed form, a linear baseline for recommenders. Scores
// are x B, where B minimises |X - X B|^2 + ridge |B|^2 over the matrices with a diagonal of zeros.
// With P = (X^T X + ridge I)^-1 the solution is B_ij = -P_ij / P_jj, and the objective is the sum
// over j of 1 / P_jj - ridge. All is worked out in the memory of B (block_inverse.h), L^3
// operations. Source: Steck (WWW 2019), equations 4 to 8.
#pragma once

#include <memory>

#include "spout/models/fitted/fit.h"

namespace spout {

class Model;

std::shared_ptr<Model> make_ease(const ModelShape& shape, const ModelOptions& options,
                                 uint64_t seed);

/// Fits the weights to the users' items, input.x [n, L].
///   returns the objective, mean per row
///   throws ValueError unless the model has as many features as labels
double fit_ease(Model& model, const FitInput& input, const ModelOptions& options);

/// Estimates the bytes that fit_ease() takes beside the model.
double fit_ease_bytes(const FitSize& size);

}  // namespace spout
