#include "spout/models/fitted/prototypes.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>

#include <fmt/format.h>

#include "spout/models/base/model.h"
#include "spout/models/encoders/linear.h"
#include "spout/models/fitted/label_prototypes.h"
#include "spout/models/fitted/prototype_choice.h"
#include "spout/models/fitted/prototype_output.h"
#include "spout/models/fitted/svm.h"
#include "spout/sparse/batch/dataset.h"

namespace spout {
namespace {

PrototypeOutput& output_of(Model& model) {
  return dynamic_cast<PrototypeOutput&>(model.output());
}

/// The SVM that stands in for the model's own while weights are chosen: without the tree of depth
/// 0, which takes most of the time.
ModelOptions quick_svm(ModelOptions options) {
  std::vector<int64_t> deep;
  for (const int64_t depth : options.svm.trees) {
    if (depth > 0) deep.push_back(depth);
  }
  const bool one_power = options.svm.feature_power.size() == 1;
  if (!deep.empty() && one_power) options.svm.trees = std::move(deep);
  return options;
}

/// Fits an SVM to some rows and predicts others.
Csr word_scores(const FitInput& input, const ModelOptions& options, std::span<const int64_t> learn,
                std::span<const int64_t> test) {
  const Csr x = gather_rows(input.x, learn);
  const Csr y = gather_rows(input.y, learn);
  const auto svm = make_svm_output(input.x.cols, input.y.cols, options);
  fit_svm_output(*svm, {x, y, input.seed, input.poll}, options);
  DecodeOptions all;
  all.top_k = 0;
  all.row_limit = std::max<int64_t>(input.y.cols, 1);
  return svm->predict(to_torch_csr(gather_rows(input.x, test)), all, nullptr);
}

SettledOptions settled_options(const PrototypeMix& mix, bool has_words) {
  SettledOptions settled{{"name-weight", fmt::format("{}", mix.name_weight)}};
  if (has_words) settled.emplace_back("word-weight", fmt::format("{}", mix.word_weight));
  return settled;
}

}  // namespace

std::shared_ptr<Model> make_prototypes(const ModelShape& shape, const ModelOptions& options,
                                       uint64_t /*seed*/) {
  return std::make_shared<Model>(make_feature_encoder(shape.features, /*dropout=*/0.0),
                                 std::make_shared<PrototypeOutput>(shape, options));
}

double prototypes_num_weights(const ModelShape& shape, const ModelOptions& /*options*/) {
  return static_cast<double>(hidden_width(shape)) * static_cast<double>(shape.labels);
}

double fit_prototypes(Model& model, const FitInput& input, const ModelOptions& options) {
  const at::NoGradGuard no_grad;
  PrototypeOutput& output = output_of(model);
  const ModelOptions quick = quick_svm(options);
  WordScores words;
  if (output.words() != nullptr) {
    words = [&](std::span<const int64_t> learn, std::span<const int64_t> test) {
      return word_scores(input, quick, learn, test);
    };
  }
  const PrototypeMix mix = choose_prototype_mix(input, words, options.prototypes);
  if (input.settled) input.settled(settled_options(mix, output.words() != nullptr));
  Prototypes found;
  found.map = mix.map;
  found.word_weight = mix.word_weight;
  found.offset = mix.offset;
  const std::vector<int64_t> all = all_rows(input.y.rows);
  found.row_center = found.name_center = at::zeros({input.hidden.size(1)});
  if (mix.is_centred) found.row_center = mean_row(input.hidden, all);
  at::Tensor texts;
  if (input.label_texts.defined()) {
    if (mix.is_centred) found.name_center = mean_row(input.label_texts);
    texts = centred_rows(input.label_texts, found.name_center);
  }
  const at::Tensor sums = label_sums(input.hidden, input.y, all, found.row_center);
  found.weight = mapped_rows(unit_rows(weigh_prototypes(sums, texts, mix.name_weight)), mix.map);
  if (words && mix.word_weight > 0.0) fit_svm_output(*output.words(), input, options);
  output.set(found);
  return 1.0 - mix.gain;
}

double fit_prototypes_bytes(const FitSize& size) {
  const auto labels = static_cast<double>(size.shape.labels);
  const auto width = static_cast<double>(hidden_width(size.shape));
  // Texts as they come and centred, sums, prototypes, and three more while they are scaled.
  constexpr double kMatrices = 7;
  double bytes = (kMatrices * labels + static_cast<double>(size.rows)) * width * sizeof(float);
  if (size.shape.hidden > 0) {
    FitSize words = size;
    words.shape.features -= size.shape.hidden;
    words.features_per_row -= width;
    bytes += fit_svm_bytes(words);
  }
  return bytes;
}

void add_prototypes(Model& model, const at::Tensor& rows) {
  output_of(model).add(rows);
}

}  // namespace spout
