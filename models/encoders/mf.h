// The model `mf`: matrix factorisation of users and items. A user's vector is the sum of the
// vectors of the user's items (with user_vectors also of one for the user), scaled to length one.
// The score of an item is the cosine between the user's and the item's vector, divided by a
// temperature. An item has one vector as input and another as target, so that new users need no
// training. Dropping input items (input_dropout) keeps an item from predicting itself.
// Sources: SVD++ (Koren, KDD 2008) and asymmetric factor models (Paterek 2007) for the sum of
// items; cosine scores with a temperature in a softmax over all items: Wu et al. (TOIS 2024),
// SimpleX (Mao et al., CIKM 2021).
#pragma once

#include <memory>

#include "spout/models/base/model_options.h"

namespace spout {

class Model;

/// Makes the model.
///   options.hidden  one number, the width of all vectors; throws ValueError on anything else
std::shared_ptr<Model> make_mf(const ModelShape& shape, const ModelOptions& options, uint64_t seed);
double mf_num_weights(const ModelShape& shape, const ModelOptions& options);
double mf_num_output_weights(const ModelShape& shape, const ModelOptions& options);

}  // namespace spout
