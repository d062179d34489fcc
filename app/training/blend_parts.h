// A blend (models/fitted/blend.h) made of parts that were trained apart.
#pragma once

#include <memory>
#include <string>

#include "spout/app/run/train_options.h"

namespace spout {

class Model;

/// Makes a blend of the network in a file of save_model(); its fitted part has no weights yet. What
/// the file says of --popularity is left out: that is for the blend.
///   options  of a model that blends
///   throws   FileError
std::shared_ptr<Model> blend_of_network(const TrainOptions& options, const std::string& file);

/// Reads the blend's fitted part from a file of save_model(), likewise.
void take_fitted(Model& blend, const std::string& file);

}  // namespace spout
