#include "spout/models/encoders/linear.h"
#include "spout/models/base/model.h"
#include "spout/models/base/script.h"
#include "spout/models/outputs/feature_output.h"

namespace spout {
namespace {

/// Passes the features on; training steps drop a share `dropout` of them.
class FeatureEncoder : public Encoder {
 public:
  FeatureEncoder(int64_t features, double dropout) : features_(features), dropout_(dropout) {}

  at::Tensor encode(const at::Tensor& x, const StepRandom& random) override {
    return input_dropout(x, dropout_, random);
  }
  int64_t width() const override { return features_; }
  void write_script(Script& script) const override { script.statement("h = x"); }

 private:
  int64_t features_;
  double dropout_;
};

}  // namespace

std::shared_ptr<Encoder> make_feature_encoder(int64_t features, double dropout) {
  return std::make_shared<FeatureEncoder>(features, dropout);
}

std::shared_ptr<Model> make_linear(const ModelShape& shape, const ModelOptions& options,
                                   uint64_t /*seed*/) {
  return std::make_shared<Model>(make_feature_encoder(shape.features, options.input_dropout),
                                 make_sparse_output(shape.features, {0, shape.labels}));
}

double linear_num_weights(const ModelShape& shape, const ModelOptions& /*options*/) {
  return (static_cast<double>(shape.features) + 1) * static_cast<double>(shape.labels);
}

double linear_num_output_weights(const ModelShape& shape, const ModelOptions& /*options*/) {
  return static_cast<double>(shape.features) * static_cast<double>(shape.labels);
}

}  // namespace spout
