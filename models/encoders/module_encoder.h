// The model `encoder`: features -> a pretrained transformer (models/pretrained) or a TorchScript
// module of the user's own -> output layer. The module is written and saved in Python
// (torch.jit.save); it is trained here together with the output layer, or left as it is. A
// pretrained transformer that is left as it is stays outside the model, which then reads its rows.
#pragma once

#include <memory>

#include "spout/models/base/model_options.h"
#include "spout/sparse/base/error.h"

namespace spout {

class Encoder;
class Model;

/// Thrown where a module has no weights that training could move.
class UntrainableModule : public FileError {
 public:
  using FileError::FileError;
};

/// Loads the module in the file options.module.file. If its forward() takes two tensors, the second
/// is the mask of the tokens, [n, T] bool: false for padding. Its parameters keep their names in
/// Python, and its buffers are saved with them. The random numbers that it draws in training
/// (dropout) are functions of the seed and the step.
///   throws FileError unless the file is a TorchScript module of f32 weights, UntrainableModule
///   where it has none to train and options.module.freeze is not set, ValueError unless it makes
///   f32 rows [n, d] of features of this shape and kind
std::shared_ptr<Encoder> make_module_encoder(const ModelShape& shape, const ModelOptions& options);

std::shared_ptr<Model> make_module_model(const ModelShape& shape, const ModelOptions& options,
                                         uint64_t seed);
double module_num_weights(const ModelShape& shape, const ModelOptions& options);
/// Estimates a pretrained model that is trained; 0 for a file's module, which does not say it.
double module_row_values(const ModelOptions& options, double tokens);
double module_num_output_weights(const ModelShape& shape, const ModelOptions& options);

}  // namespace spout
