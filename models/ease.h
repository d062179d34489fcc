// The model `ease`: item-item weights in closed form, the linear baseline that deep recommenders
// are to beat. Scores are x B with B = argmin |X - X B|^2 + ridge |B|^2 over matrices with a
// diagonal of zeros; with P = (X^T X + ridge)^-1 that is B_ij = -P_ij / P_jj, and its objective is
// the sum of 1 / P_jj - ridge. Takes three matrices [L, L] while it is worked out. Source: Steck
// (WWW 2019), equations 4 to 8.
#pragma once

#include <memory>

#include "models/model_options.h"
#include "sparse/layout/csr.h"

namespace spout {

class Model;

std::shared_ptr<Model> make_ease(const ModelShape& shape, const ModelOptions& options,
                                 uint64_t seed);

/// Sets the weights.
///   x  [n, L] a user's items
///   returns the objective, mean per row
///   throws ValueError unless the model has as many features as labels
double fit_ease(Model& model, const Csr& x, const ModelOptions& options);

/// Bytes that fit_ease() takes beside the model.
double fit_ease_bytes(const ModelShape& shape);

}  // namespace spout
