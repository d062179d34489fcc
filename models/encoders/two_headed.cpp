#include "spout/models/encoders/two_headed.h"

#include "spout/models/base/model.h"
#include "spout/models/encoders/mlp.h"
#include "spout/models/outputs/two_headed_output.h"

namespace spout {

std::shared_ptr<Model> make_two_headed(const ModelShape& shape, const ModelOptions& options,
                                       uint64_t seed) {
  auto encoder = make_mlp_encoder(shape.features, options, seed);
  auto output = make_two_headed_output(encoder->width(), {0, shape.labels}, options, seed);
  return std::make_shared<Model>(std::move(encoder), std::move(output));
}

double two_headed_num_weights(const ModelShape& shape, const ModelOptions& options) {
  return mlp_num_weights(shape, options) + mlp_num_output_weights(shape, options) +
         static_cast<double>(shape.labels);
}

}  // namespace spout
