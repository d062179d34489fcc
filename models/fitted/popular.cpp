#include "spout/models/fitted/popular.h"

#include <ATen/ops/tensor.h>

#include <cmath>

#include "spout/models/base/model.h"
#include "spout/models/encoders/linear.h"
#include "spout/models/outputs/csr_output.h"
#include "spout/sparse/metrics/propensity.h"

namespace spout {

std::shared_ptr<Model> make_popular(const ModelShape& shape, const ModelOptions& /*options*/,
                                    uint64_t /*seed*/) {
  return std::make_shared<Model>(make_feature_encoder(shape.features, /*dropout=*/0.0),
                                 make_csr_output(shape.features, shape.labels));
}

double fit_popular(Model& model, const FitInput& input, const ModelOptions& /*options*/) {
  const at::Tensor counts = at::tensor(label_counts(input.y), at::kLong).to(at::kFloat);
  set_csr_output(model.output(), empty_csr(input.x.cols, input.y.cols), counts);
  return std::nan("");
}

double popular_num_weights(const ModelShape& /*shape*/, const ModelOptions& /*options*/) {
  return 0.0;
}

double fit_popular_bytes(const FitSize& size) {
  constexpr double kCountAndFloat = 12.0;
  return kCountAndFloat * static_cast<double>(size.shape.labels);
}

}  // namespace spout
