// The model `prototypes`: text with a pretrained encoder. Each label has a vector made of its
// training rows and of its own text (label_prototypes.h), so that a label without training rows can
// be found too; where the features have words as well, an SVM sees those (svm.h). How the parts are
// weighed is chosen on held-back rows (prototype_choice.h), and a linear map brings rows and labels
// closer together (prototype_map.h).
#pragma once

#include <memory>

#include "spout/models/fitted/fit.h"

namespace spout {

class Model;

/// Makes the model without knowledge.
///   shape  dense features, the rows of any encoder; or sparse ones, the last shape.hidden of
///          which are such a row
///   throws ValueError on others
std::shared_ptr<Model> make_prototypes(const ModelShape& shape, const ModelOptions& options,
                                       uint64_t seed);
double prototypes_num_weights(const ModelShape& shape, const ModelOptions& options);

/// Finds prototypes, SVM and weights. Returns 1 - nDCG@10 on the held-back rows, as a loss.
///   input.x       words [n, D], or no columns        input.hidden  [n, d]
///   input.label_texts  [L, d], a row of zeros for a label without a text; may be undefined
double fit_prototypes(Model& model, const FitInput& input, const ModelOptions& options);

double fit_prototypes_bytes(const FitSize& size);

/// Gives the model further labels, behind those that it has, from the rows of their texts alone.
///   rows [m, d]
void add_prototypes(Model& model, const at::Tensor& rows);

}  // namespace spout
