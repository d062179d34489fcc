#include "spout/models/pretrained/static_encoder.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/embedding.h>
#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include "spout/models/base/encoder.h"
#include "spout/models/base/script.h"
#include "spout/models/pretrained/pooling.h"
#include "spout/models/pretrained/weights.h"

namespace spout {
namespace {

class StaticEncoder : public Encoder {
 public:
  StaticEncoder(const PretrainedFolder& folder, const ModelShape& shape,
                const ModelOptions& options)
      : frozen_(options.module.freeze),
        tokens_(shape.tokens),
        input_dropout_(options.input_dropout),
        folder_(folder) {
    const std::map<std::string, at::Tensor> weights = register_weights(*this, folder_, options);
    table_ = weights.at(WeightNames::kWord);
    layers_ = sentence_layers(folder_, weights);
  }

  at::Tensor encode(const at::Tensor& x, const StepRandom& step) override {
    const at::AutoGradMode gradients(at::GradMode::is_enabled() && !frozen_);
    StepRandom random = step;
    random.training = step.training && !frozen_;
    const at::Tensor seen = input_dropout(x, input_dropout_, random, tokens_);
    const at::Tensor mask = seen.ne(tokens_.padding);
    // Padding may have a number beyond the table.
    const at::Tensor vectors = at::embedding(table_, seen.masked_fill(mask.logical_not(), 0), -1,
                                             /*scale_grad_by_freq=*/false, /*sparse=*/true);
    at::Tensor h = pool_tokens(vectors, mask, folder_.modules.pooling);
    for (const SentenceLayer& layer : layers_)
      h = apply_sentence_layer(h, layer);
    return h.to(at::kFloat);
  }

  int64_t width() const override { return folder_.width(); }

  void write_script(Script& script) const override {
    script.statement(fmt::format("real = torch.ne(x, {})", tokens_.padding));
    script.statement(
        fmt::format("h = torch.embedding({}, x.masked_fill(torch.logical_not(real), 0))",
                    script.parameter(WeightNames::kWord, table_)));
    write_pooling(script, folder_.modules.pooling);
    for (const SentenceLayer& layer : layers_)
      write_sentence_layer(script, layer);
  }

 private:
  bool frozen_;
  TokenNumbers tokens_;
  double input_dropout_;
  PretrainedFolder folder_;
  at::Tensor table_;  // [tokens, d]
  std::vector<SentenceLayer> layers_;
};

}  // namespace

std::shared_ptr<Encoder> make_static_encoder(const PretrainedFolder& folder,
                                             const ModelShape& shape, const ModelOptions& options) {
  return std::make_shared<StaticEncoder>(folder, shape, options);
}

}  // namespace spout
