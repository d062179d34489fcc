// The model `embedding-bag`: tokens, in any order -> the mean of their vectors -> output layer.
// Source: fastText's classifier (Joulin et al., EACL 2017).
#pragma once

#include <memory>

#include "spout/models/base/model_options.h"

namespace spout {

class Model;

///   throws ValueError unless options.token_width is positive
std::shared_ptr<Model> make_embedding_bag(const ModelShape& shape, const ModelOptions& options,
                                          uint64_t seed);
double embedding_bag_num_weights(const ModelShape& shape, const ModelOptions& options);
double embedding_bag_num_output_weights(const ModelShape& shape, const ModelOptions& options);
double embedding_bag_row_values(const ModelOptions& options, double tokens);

}  // namespace spout
