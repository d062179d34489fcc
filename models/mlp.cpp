#include "models/mlp.h"

#include <ATen/ops/addmm.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "models/activation.h"
#include "models/model.h"
#include "models/script.h"
#include "models/sparse_linear.h"

namespace spout {
namespace {

class MlpEncoder : public Encoder {
 public:
  MlpEncoder(int64_t features, const ModelOptions& options, uint64_t seed)
      : options_(options), activation_(find_activation(options.activation)) {
    int64_t width = features;
    for (size_t i = 0; i < options_.hidden.size(); ++i) {
      const int64_t next = options_.hidden[i];
      const InitOptions init{seed, options.initialize};
      const double bound = 1.0 / std::sqrt(static_cast<double>(width));
      weights_.push_back(
          register_parameter(name("weight", i), uniform_init({width, next}, bound, init, i)));
      biases_.push_back(register_parameter(name("bias", i), at::zeros({next})));
      width = next;
    }
  }

  at::Tensor encode(const at::Tensor& x, const StepRandom& random) override {
    at::Tensor h = input_dropout(x, options_.input_dropout, random);
    for (size_t i = 0; i < weights_.size(); ++i) {
      h = i == 0 ? sparse_linear(h, weights_[i], biases_[i])
                 : at::addmm(biases_[i], h, weights_[i]);
      h = dropout(activation_.apply(h), options_.dropout, random, i);
    }
    return h;
  }

  int64_t width() const override { return options_.hidden.back(); }

  void write_script(Script& script) const override {
    script.statement("h = x");
    for (size_t i = 0; i < weights_.size(); ++i) {
      const std::string weight = script.parameter(name("weight", i), weights_[i]);
      const std::string bias = script.parameter(name("bias", i), biases_[i]);
      const std::string linear = i == 0 ? "self.sparse_linear(h, " + weight + ", " + bias + ")"
                                        : "torch.addmm(" + bias + ", h, " + weight + ")";
      script.statement("h = " + std::string(activation_.script) + "(" + linear + ")");
    }
  }

 private:
  static std::string name(const char* what, size_t layer) {
    return std::string("hidden_") + what + "_" + std::to_string(layer);
  }

  ModelOptions options_;
  const Activation& activation_;
  std::vector<at::Tensor> weights_;  // each [in, out]
  std::vector<at::Tensor> biases_;   // each [out]
};

void check_widths(const std::vector<int64_t>& hidden) {
  TORCH_CHECK_VALUE(!hidden.empty(), "mlp: needs a hidden layer; for none use the model linear");
  for (const int64_t width : hidden) {
    TORCH_CHECK_VALUE(width > 0, "mlp: a hidden layer must have a positive width, found ", width);
  }
}

}  // namespace

std::shared_ptr<Encoder> make_mlp_encoder(int64_t features, const ModelOptions& options,
                                          uint64_t seed) {
  check_widths(options.hidden);
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
  check_widths(options.hidden);
  double count = 0;
  auto width = static_cast<double>(shape.features);
  for (const int64_t next : options.hidden) {
    count += (width + 1) * static_cast<double>(next);
    width = static_cast<double>(next);
  }
  return count + (width + 1) * static_cast<double>(shape.labels);
}

double mlp_num_output_weights(const ModelShape& shape, const ModelOptions& options) {
  check_widths(options.hidden);
  return static_cast<double>(options.hidden.back()) * static_cast<double>(shape.labels);
}

}  // namespace spout
