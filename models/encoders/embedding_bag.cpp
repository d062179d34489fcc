#include "spout/models/encoders/embedding_bag.h"

#include <ATen/TensorOperators.h>

#include "spout/models/base/model.h"
#include "spout/models/base/random_layer.h"
#include "spout/models/base/script.h"
#include "spout/models/encoders/token_embedding.h"
#include "spout/models/outputs/dense_output.h"

namespace spout {
namespace {

class EmbeddingBagEncoder : public Encoder {
 public:
  EmbeddingBagEncoder(const ModelShape& shape, const ModelOptions& options, uint64_t seed)
      : tokens_(shape.tokens), options_(options) {
    const InitOptions init{seed, options.initialize};
    table_ = register_parameter("embedding", uniform_init({shape.features, options.token_width},
                                                          0.1, init, RandomLayer::kFirst));
  }

  at::Tensor encode(const at::Tensor& x, const StepRandom& random) override {
    const at::Tensor mask = token_mask(x, tokens_.padding);
    const at::Tensor seen = input_dropout(x, options_.input_dropout, random, tokens_);
    const at::Tensor count = mask.sum(1, /*keepdim=*/true).clamp_min(1);
    const at::Tensor mean = embed_tokens(seen, mask, table_, tokens_.padding).sum(1) / count;
    return dropout(mean, options_.dropout, random, RandomLayer::kFirst);
  }

  int64_t width() const override { return options_.token_width; }

  at::Tensor token_table() const override { return table_; }

  void write_script(Script& script) const override {
    write_token_embedding(script, table_, tokens_.padding);
    script.statement("h = h.sum([1]) / real.sum([1], True).clamp_min(1)");
  }

 private:
  TokenNumbers tokens_;
  ModelOptions options_;
  at::Tensor table_;  // [D, width]
};

}  // namespace

std::shared_ptr<Model> make_embedding_bag(const ModelShape& shape, const ModelOptions& options,
                                          uint64_t seed) {
  TORCH_CHECK_VALUE(options.token_width > 0, "embedding-bag: width must be positive, found ",
                    options.token_width);
  auto encoder = std::make_shared<EmbeddingBagEncoder>(shape, options, seed);
  auto output = make_dense_output(encoder->width(), {0, shape.labels}, options.bf16_output,
                                  InitOptions{seed, options.initialize});
  return std::make_shared<Model>(std::move(encoder), std::move(output));
}

double embedding_bag_num_weights(const ModelShape& shape, const ModelOptions& options) {
  return static_cast<double>(shape.features) * static_cast<double>(options.token_width) +
         embedding_bag_num_output_weights(shape, options) + static_cast<double>(shape.labels);
}

double embedding_bag_num_output_weights(const ModelShape& shape, const ModelOptions& options) {
  return static_cast<double>(options.token_width) * static_cast<double>(shape.labels);
}

double embedding_bag_row_values(const ModelOptions& options, double tokens) {
  // The vectors looked up, and masked; their gradient.
  return tokens * 3 * static_cast<double>(options.token_width);
}

}  // namespace spout
