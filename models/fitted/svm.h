// The model `svm`: linear SVMs that are fitted at once, not trained in steps, and whose weights are
// mostly zeros. It averages the probabilities of several label trees (label_tree.h); a tree of
// depth 0 has one SVM for every label, against all rows (dual_svm.h). The score predicted is that
// of an SVM with the same probability p, 1 - cbrt(-ln p): 1 at p = 1, 0 (the hinge's threshold) at
// p = 1 / e, and -infinity for a label whose product x w is not above 0.
#pragma once

#include <memory>

#include "spout/models/fitted/fit.h"

namespace spout {

class Model;
class OutputLayer;

/// Makes the output layer alone, for features of which the model has others as well.
std::shared_ptr<OutputLayer> make_svm_output(int64_t features, int64_t labels,
                                             const ModelOptions& options);

/// Fits the weights of such a layer; returns the dual objective, mean per row.
double fit_svm_output(OutputLayer& output, const FitInput& input, const ModelOptions& options);

std::shared_ptr<Model> make_svm(const ModelShape& shape, const ModelOptions& options,
                                uint64_t seed);

/// Returns 0, since make_svm() allocates no weights: fit_svm() finds how many there are.
double svm_num_weights(const ModelShape& shape, const ModelOptions& options);

/// Fits the weights; returns the dual objective, summed over the trees, mean per row.
double fit_svm(Model& model, const FitInput& input, const ModelOptions& options);

/// Estimates the bytes that fit_svm() takes beside the rows, without those of the weights it finds.
double fit_svm_bytes(const FitSize& size);

}  // namespace spout
