// The models `blend` and `item-blend`: a network's scores added to those of a model that is fitted
// in one pass to the same rows.
//
//   blend       max(s, -1) + weight * z
//   item-blend  s / largest s of the user + weight * z
//
// In `blend` s is the score of svm, -infinity for most labels, and z that of an mlp. In
// `item-blend` s is the score of item-knn, z that of mf; items that no neighbour names have 0 in
// place of the first term, and their number of users orders them as in item-knn. The two parts err
// differently: an SVM knows single features, and neighbours know pairs of items, and few rows
// suffice them; a network knows what features or items mean together. Each is trained on its own,
// and held-out rows choose the weight.
#pragma once

#include <memory>

#include "spout/models/fitted/fit.h"

namespace spout {

class Model;

/// Make a blend of weight 0, whose fitted part has not been fitted.
std::shared_ptr<Model> make_blend(const ModelShape& shape, const ModelOptions& options,
                                  uint64_t seed);
std::shared_ptr<Model> make_item_blend(const ModelShape& shape, const ModelOptions& options,
                                       uint64_t seed);

/// The parts of a blend, which hold its weights.   throws bad_cast on another model
Model& network_of_blend(Model& blend);
Model& fitted_of_blend(Model& blend);

/// The weight of the network's scores, 0 or more.
double blend_weight(Model& blend);
void set_blend_weight(Model& blend, double weight);

}  // namespace spout
