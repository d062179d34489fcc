#include "spout/models/encoders/mlp.h"

#include "spout/models/base/model.h"
#include "spout/models/base/script.h"
#include "spout/models/encoders/hidden_layers.h"
#include "spout/models/outputs/dense_output.h"

namespace spout {
namespace {

class MlpEncoder : public Encoder {
 public:
  MlpEncoder(int64_t features, const ModelOptions& options, uint64_t seed)
      : input_dropout_(options.input_dropout),
        layers_(*this, features, options.hidden, options, seed, {"hidden_"}) {}

  at::Tensor encode(const at::Tensor& x, const StepRandom& random) override {
    return layers_.apply(input_dropout(x, input_dropout_, random), random);
  }

  int64_t width() const override { return layers_.width(); }

  void write_script(Script& script) const override {
    script.statement("h = x");
    layers_.write_script(script);
  }

 private:
  double input_dropout_;
  HiddenLayers layers_;
};

void check_hidden(const std::vector<int64_t>& hidden) {
  TORCH_CHECK_VALUE(!hidden.empty(), "mlp: needs a hidden layer; for none use the model linear");
}

}  // namespace

std::shared_ptr<Encoder> make_mlp_encoder(int64_t features, const ModelOptions& options,
                                          uint64_t seed) {
  check_hidden(options.hidden);
  return std::make_shared<MlpEncoder>(features, options, seed);
}

std::shared_ptr<Model> make_mlp(const ModelShape& shape, const ModelOptions& options,
                                uint64_t seed) {
  auto encoder = make_mlp_encoder(shape.features, options, seed);
  auto output = make_dense_output(encoder->width(), {0, shape.labels}, options.bf16_output,
                                  InitOptions{seed, options.initialize});
  return std::make_shared<Model>(std::move(encoder), std::move(output));
}

double mlp_num_weights(const ModelShape& shape, const ModelOptions& options) {
  check_hidden(options.hidden);
  return count_layer_weights(static_cast<double>(shape.features), options.hidden) +
         mlp_num_output_weights(shape, options) + static_cast<double>(shape.labels);
}

double mlp_num_output_weights(const ModelShape& shape, const ModelOptions& options) {
  check_hidden(options.hidden);
  return static_cast<double>(options.hidden.back()) * static_cast<double>(shape.labels);
}

}  // namespace spout
