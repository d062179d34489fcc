#include "spout/app/training/blend_parts.h"

#include <ATen/ops/zeros.h>

#include "spout/app/run/run_folder.h"
#include "spout/models/base/model.h"
#include "spout/models/fitted/blend.h"
#include "spout/models/model_table.h"

namespace spout {
namespace {

void take(Model& part, const std::string& file) {
  load_tensors(part, TorchTensors(file));
  part.output().set_prior(at::zeros({part.output().labels().size()}));
}

}  // namespace

std::shared_ptr<Model> blend_of_network(const TrainOptions& options, const std::string& file) {
  ModelOptions model_options = model_options_of(options);
  model_options.initialize = false;
  std::shared_ptr<Model> blend =
      find_model(options.model)
          .make(read_shape(file).of_model(), model_options, static_cast<uint64_t>(options.seed));
  take(network_of_blend(*blend), file);
  return blend;
}

void take_fitted(Model& blend, const std::string& file) {
  take(fitted_of_blend(blend), file);
}

}  // namespace spout
