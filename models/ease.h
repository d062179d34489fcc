// The model `ease`: item-item weights in closed form, the linear baseline that deep recommenders
// are to beat. Scores are x B with B = argmin |X - X B|^2 + ridge |B|^2 over matrices with a
// diagonal of zeros; with P = (X^T X + ridge)^-1 that is B_ij = -P_ij / P_jj, and its objective is
// the sum of 1 / P_jj - ridge. Takes three matrices [L, L] while it is worked out. Source: Steck
// (WWW 2019), equations 4 to 8.
#pragma once

#include <memory>

#include "models/fit.h"

namespace spout {

class Model;

std::shared_ptr<Model> make_ease(const ModelShape& shape, const ModelOptions& options,
                                 uint64_t seed);

/// Sets the weights from the users' items, input.x [n, L].
///   returns the objective, mean per row
///   throws ValueError unless the model has as many features as labels
double fit_ease(Model& model, const FitInput& input, const ModelOptions& options);

/// Bytes that fit_ease() takes beside the model.
double fit_ease_bytes(const FitSize& size);

}  // namespace spout
