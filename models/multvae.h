// The model `multvae`: a variational autoencoder of a user's items. Hidden layers of --hidden give
// the mean and variance of a code of --latent numbers, mirrored layers lead from a drawn code to
// the scores; beside the softmax over the row's items the loss has the code's divergence from a
// standard normal, whose weight grows over the first steps (annealing).
// Source: Liang, Krishnan, Hoffman, Jebara (WWW 2018), equations 4 and 7, section 2.2.2.
#pragma once

#include <memory>

#include "models/model_options.h"

namespace spout {

class Model;

std::shared_ptr<Model> make_multvae(const ModelShape& shape, const ModelOptions& options,
                                    uint64_t seed);
double multvae_num_weights(const ModelShape& shape, const ModelOptions& options);
double multvae_num_output_weights(const ModelShape& shape, const ModelOptions& options);

}  // namespace spout
