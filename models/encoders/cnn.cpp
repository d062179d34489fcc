// A window begins at every token and sees zeros behind the last one. A document therefore has as
// many windows as tokens, even if it is shorter than a window and however far its batch is padded.
// Source: Kim (EMNLP 2014), with the activation after the maximum, which gives the same result for
// an increasing activation.
#include "spout/models/encoders/cnn.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv1d.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "spout/models/base/activation.h"
#include "spout/models/base/model.h"
#include "spout/models/base/random_layer.h"
#include "spout/models/base/script.h"
#include "spout/models/encoders/token_embedding.h"
#include "spout/models/outputs/dense_output.h"

namespace spout {
namespace {

constexpr uint64_t kTable = RandomLayer::kFirst;
constexpr uint64_t kFirstWindow = kTable + 1;

class CnnEncoder : public Encoder {
 public:
  CnnEncoder(const ModelShape& shape, const ModelOptions& options, uint64_t seed)
      : tokens_(shape.tokens),
        options_(options),
        activation_(find_activation(options.activation)),
        widest_(*std::max_element(options.cnn.windows.begin(), options.cnn.windows.end())) {
    const InitOptions init{seed, options.initialize};
    const int64_t width = options.token_width;
    table_ =
        register_parameter("embedding", uniform_init({shape.features, width}, 0.1, init, kTable));
    for (size_t i = 0; i < options.cnn.windows.size(); ++i) {
      const int64_t window = options.cnn.windows[i];
      const double bound = 1.0 / std::sqrt(static_cast<double>(width * window));
      weights_.push_back(register_parameter(
          name("weight", i),
          uniform_init({options.cnn.filters, width, window}, bound, init, kFirstWindow + i)));
      biases_.push_back(register_parameter(name("bias", i), at::zeros({options.cnn.filters})));
    }
  }

  at::Tensor encode(const at::Tensor& x, const StepRandom& random) override {
    const at::Tensor mask = token_mask(x, tokens_.padding);
    const at::Tensor seen = input_dropout(x, options_.input_dropout, random, tokens_);
    at::Tensor h = embed_tokens(seen, mask, table_, tokens_.padding);
    h = dropout(h, options_.dropout, random, kTable).transpose(1, 2);
    h = at::constant_pad_nd(h, {0, widest_ - 1});
    const at::Tensor padding = mask.logical_not().unsqueeze(1);
    const at::Tensor empty = padding.all(2);
    std::vector<at::Tensor> best;
    for (size_t i = 0; i < weights_.size(); ++i) {
      const at::Tensor z = at::conv1d(h.narrow(2, 0, length(x.size(1), i)), weights_[i], biases_[i])
                               .masked_fill(padding, -std::numeric_limits<float>::infinity());
      best.push_back(activation_.apply(z.amax(2).masked_fill(empty, 0.0)));
    }
    return dropout(at::cat(best, 1), options_.dropout, random, kFirstWindow);
  }

  int64_t width() const override {
    return options_.cnn.filters * static_cast<int64_t>(options_.cnn.windows.size());
  }

  at::Tensor token_table() const override { return table_; }

  void write_script(Script& script) const override {
    write_token_embedding(script, table_, tokens_.padding);
    script.statement(
        fmt::format("h = torch.constant_pad_nd(h.transpose(1, 2), [0, {}])", widest_ - 1));
    script.statement("padding = torch.logical_not(real).unsqueeze(1)");
    script.statement("empty = padding.all(2)");
    std::string best;
    for (size_t i = 0; i < weights_.size(); ++i) {
      const std::string z = fmt::format("z{}", i);
      script.statement(fmt::format(
          "{} = torch.conv1d(h.narrow(2, 0, x.size(1) + {}), {}, {})"
          ".masked_fill(padding, float(\"-inf\"))",
          z, options_.cnn.windows[i] - 1, script.parameter(name("weight", i), weights_[i]),
          script.parameter(name("bias", i), biases_[i])));
      script.statement(fmt::format("{} = {}(torch.amax({}, [2]).masked_fill(empty, 0.0))", z,
                                   activation_.script, z));
      if (i > 0) best += ", ";
      best += z;
    }
    script.statement("h = torch.cat([" + best + "], 1)");
  }

 private:
  static std::string name(const char* what, size_t window) {
    return std::string("window_") + what + "_" + std::to_string(window);
  }
  /// The number of tokens that a convolution reads to begin at each of `positions` tokens.
  int64_t length(int64_t positions, size_t window) const {
    return positions + options_.cnn.windows[window] - 1;
  }

  TokenNumbers tokens_;
  ModelOptions options_;
  const Activation& activation_;
  int64_t widest_;                   // the largest window
  at::Tensor table_;                 // [D, width]
  std::vector<at::Tensor> weights_;  // each [filters, width, window]
  std::vector<at::Tensor> biases_;   // each [filters]
};

void check_sizes(const ModelOptions& options) {
  TORCH_CHECK_VALUE(!options.cnn.windows.empty(), "cnn: needs a window");
  for (const int64_t window : options.cnn.windows) {
    TORCH_CHECK_VALUE(window > 0, "cnn: a window must hold a token, found ", window);
  }
  TORCH_CHECK_VALUE(options.token_width > 0 && options.cnn.filters > 0,
                    "cnn: width and filters must be positive, found ", options.token_width, " and ",
                    options.cnn.filters);
}

}  // namespace

std::shared_ptr<Model> make_cnn(const ModelShape& shape, const ModelOptions& options,
                                uint64_t seed) {
  check_sizes(options);
  auto encoder = std::make_shared<CnnEncoder>(shape, options, seed);
  auto output = make_dense_output(encoder->width(), {0, shape.labels}, options.bf16_output,
                                  InitOptions{seed, options.initialize});
  return std::make_shared<Model>(std::move(encoder), std::move(output));
}

double cnn_num_weights(const ModelShape& shape, const ModelOptions& options) {
  check_sizes(options);
  const auto width = static_cast<double>(options.token_width);
  double count = static_cast<double>(shape.features) * width;
  for (const int64_t window : options.cnn.windows)
    count += (width * static_cast<double>(window) + 1) * static_cast<double>(options.cnn.filters);
  return count + cnn_num_output_weights(shape, options) + static_cast<double>(shape.labels);
}

double cnn_num_output_weights(const ModelShape& shape, const ModelOptions& options) {
  return static_cast<double>(options.cnn.filters) *
         static_cast<double>(options.cnn.windows.size()) * static_cast<double>(shape.labels);
}

double cnn_row_values(const ModelOptions& options, double tokens) {
  // A step keeps the embeddings (looked up, after dropout, transposed), the scores of all windows
  // and what autograd holds of them.
  const double filters =
      static_cast<double>(options.cnn.filters) * static_cast<double>(options.cnn.windows.size());
  return tokens * (4 * static_cast<double>(options.token_width) + 4 * filters);
}

}  // namespace spout
