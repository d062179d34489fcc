// The model `svm`: linear SVMs, worked out and not trained in steps, with weights that are mostly
// zeros. One for every label against all rows, or in a label tree, or several such sets whose
// probabilities are averaged; see label_tree.h and losses/dual_svm.h.
// The score that is predicted is that of an SVM of the same probability, 1 - cbrt(-ln p): 1 where
// all agree, 0 (the hinge's threshold) at p = 1 / e, and -infinity where no feature speaks for the
// label.
#pragma once

#include <memory>

#include "models/fit.h"

namespace spout {

class Model;

std::shared_ptr<Model> make_svm(const ModelShape& shape, const ModelOptions& options,
                                uint64_t seed);

/// None that training would move: how many there will be is not known before.
double svm_num_weights(const ModelShape& shape, const ModelOptions& options);

/// Sets the weights; returns the objective of the dual, over all trees, mean per
/// row.
double fit_svm(Model& model, const FitInput& input, const ModelOptions& options);

/// Bytes that fit_svm() takes beside the rows; how many weights it finds is not known before.
double fit_svm_bytes(const FitSize& size);

}  // namespace spout
