// The model `encoder`: features -> a TorchScript module of the user's -> output layer. The module
// was written and saved in Python (torch.jit.save) and is trained here, jointly with the layer
// behind it, or left as it is.
#pragma once

#include <memory>

#include "models/model_options.h"

namespace spout {

class Encoder;
class Model;

/// The module in options.encoder. Its weights are trained at random numbers of its own making
/// (dropout) that are functions of the step, under their names in Python; its buffers are kept.
///   throws FileError unless the file is a TorchScript module of f32 weights, ValueError unless it
///   makes f32 rows [n, d] of features of this shape and kind
std::shared_ptr<Encoder> make_module_encoder(const ModelShape& shape, const ModelOptions& options);

std::shared_ptr<Model> make_module_model(const ModelShape& shape, const ModelOptions& options,
                                         uint64_t seed);
double module_num_weights(const ModelShape& shape, const ModelOptions& options);
double module_num_output_weights(const ModelShape& shape, const ModelOptions& options);

}  // namespace spout
