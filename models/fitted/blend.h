// The model `blend`: a network's scores added to those of `svm` on the same features.
//   score = max(s, -1) + weight * z
// where s is the SVM's score (svm.h), -infinity for most labels, and z the network's. The two err
// differently: the SVM knows single features, and few rows of a label suffice it; the network knows
// what features mean together. Each is trained on its own, and held-out rows choose the weight.
#pragma once

#include <memory>

#include "spout/models/fitted/fit.h"

namespace spout {

class Model;

/// The model that a blend's network is by itself.
inline constexpr const char* kBlendNetwork = "mlp";

/// Makes a blend of weight 0, whose SVM has not been fitted.
std::shared_ptr<Model> make_blend(const ModelShape& shape, const ModelOptions& options,
                                  uint64_t seed);

double blend_num_weights(const ModelShape& shape, const ModelOptions& options);

double blend_num_output_weights(const ModelShape& shape, const ModelOptions& options);

/// The parts of a blend, which hold its weights.   throws bad_cast on another model
Model& network_of_blend(Model& blend);
Model& svm_of_blend(Model& blend);

/// The weight of the network's scores, 0 or more.
double blend_weight(Model& blend);
void set_blend_weight(Model& blend, double weight);

}  // namespace spout
