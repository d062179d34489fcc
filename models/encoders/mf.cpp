#include "spout/models/encoders/mf.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/zeros.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <cmath>

#include "spout/models/base/model.h"
#include "spout/models/base/random_layer.h"
#include "spout/models/base/script.h"
#include "spout/models/outputs/dense_output.h"
#include "spout/models/outputs/feature_linear.h"

namespace spout {
namespace {

// A user's vector is divided by at least this length, so that one without items stays zero.
constexpr double kShortest = 1e-6;

class EmbeddingSum : public Encoder {
 public:
  EmbeddingSum(int64_t features, int64_t width, const ModelOptions& options, uint64_t seed)
      : options_(options) {
    // Uniform numbers of variance 1 / width make vectors begin near length one.
    const double bound = std::sqrt(3.0 / static_cast<double>(width));
    weight_ = register_parameter(
        "embedding",
        uniform_init({features, width}, bound, {seed, options.initialize}, RandomLayer::kFirst));
    zeros_ = register_buffer("zeros", at::zeros({width}));
  }

  at::Tensor encode(const at::Tensor& x, const StepRandom& random) override {
    const at::Tensor kept = input_dropout(x, options_.input_dropout, random);
    const at::Tensor sum = sparse_linear(kept, weight_, zeros_);
    const at::Tensor length = at::linalg_vector_norm(sum, 2, {1}, /*keepdim=*/true);
    return sum / (length.clamp_min(kShortest) * options_.mf.temperature);
  }

  int64_t width() const override { return weight_.size(1); }

  void write_script(Script& script) const override {
    const std::string weight = script.parameter("embedding", weight_);
    const std::string zeros = script.parameter("embedding_zeros", zeros_);
    script.statement("h = self.sparse_linear(x, " + weight + ", " + zeros + ")");
    script.statement("length = torch.linalg_vector_norm(h, 2, [1], True)");
    script.statement(fmt::format("h = h / (length.clamp_min({:.17g}) * {:.17g})", kShortest,
                                 options_.mf.temperature));
  }

 private:
  ModelOptions options_;
  at::Tensor weight_;  // [D, d]
  at::Tensor zeros_;   // [d]
};

int64_t width_of(const ModelOptions& options) {
  TORCH_CHECK_VALUE(options.hidden.size() == 1, "mf: expected one width of vectors, found ",
                    options.hidden.size());
  TORCH_CHECK_VALUE(options.hidden[0] > 0, "mf: expected a positive width, found ",
                    options.hidden[0]);
  return options.hidden[0];
}

}  // namespace

std::shared_ptr<Model> make_mf(const ModelShape& shape, const ModelOptions& options,
                               uint64_t seed) {
  const int64_t width = width_of(options);
  auto encoder = std::make_shared<EmbeddingSum>(shape.features, width, options, seed);
  auto output = make_cosine_output(width, {0, shape.labels}, options.bf16_output,
                                   InitOptions{seed, options.initialize});
  return std::make_shared<Model>(std::move(encoder), std::move(output));
}

double mf_num_weights(const ModelShape& shape, const ModelOptions& options) {
  return static_cast<double>(width_of(options)) * static_cast<double>(shape.features) +
         mf_num_output_weights(shape, options);
}

double mf_num_output_weights(const ModelShape& shape, const ModelOptions& options) {
  return static_cast<double>(width_of(options)) * static_cast<double>(shape.labels);
}

}  // namespace spout
