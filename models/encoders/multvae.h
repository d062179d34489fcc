// The model `multvae`: a variational autoencoder of a user's items. Hidden layers give the mean and
// the variance of a code; the same layers mirrored lead from a code drawn from that distribution to
// the output layer. The loss adds the KL divergence of the code from a standard normal, with a
// weight that rises over the first steps (annealing).
// Source: Liang, Krishnan, Hoffman, Jebara (WWW 2018), equations 4 and 7, section 2.2.2.
#pragma once

#include <memory>

#include "spout/models/base/model_options.h"

namespace spout {

class Model;

std::shared_ptr<Model> make_multvae(const ModelShape& shape, const ModelOptions& options,
                                    uint64_t seed);
double multvae_num_weights(const ModelShape& shape, const ModelOptions& options);
double multvae_num_output_weights(const ModelShape& shape, const ModelOptions& options);

}  // namespace spout
