// The model `mf`: matrix factorisation of users and items. A user is the sum of the vectors of what
// is known of him - his items, and where wanted an own vector - scaled to length one; an item's
// score is the cosine of both vectors over a temperature. Input and target items have vectors of
// their own, so that new users need no training. Dropping input items (--input-dropout) keeps an
// item from predicting itself.
// Sources: SVD++ (Koren, KDD 2008) and asymmetric factor models (Paterek 2007) for the sum of
// items; cosine scores with a temperature in a softmax over all items: Wu et al. (TOIS 2024),
// SimpleX (Mao et al., CIKM 2021).
#pragma once

#include <memory>

#include "models/model_options.h"

namespace spout {

class Model;

/// options.hidden  one width, of all vectors
std::shared_ptr<Model> make_mf(const ModelShape& shape, const ModelOptions& options, uint64_t seed);
double mf_num_weights(const ModelShape& shape, const ModelOptions& options);
double mf_num_output_weights(const ModelShape& shape, const ModelOptions& options);

}  // namespace spout
