// What tests of models share: three rows in every form that a model reads, and small models.
#pragma once

#include <ATen/ATen.h>
#include <torch/csrc/jit/api/module.h>

#include <algorithm>

#include "spout/models/base/model.h"
#include "spout/models/fitted/blend.h"
#include "spout/models/model_table.h"
#include "spout/sparse/layout/csr.h"
#include "spout/tests/tensors.h"
#include "spout/tests/testing.h"

namespace spout::testing {

/// Two of the features stand for the values of an encoder's row.
inline constexpr ModelShape kShape{6, 9, FeatureKind::kSparse, 2};

/// Row 1 has no feature.
inline at::Tensor sparse_rows() {
  return to_torch_csr(
      make_csr(3, 6, {0, 2, 2, 5}, {1, 5, 0, 2, 3}, {0.5F, -1.0F, 2.0F, 0.25F, 1.0F}));
}

inline at::Tensor target() {
  return to_torch_coo(make_csr(3, 9, {0, 1, 3, 4}, {8, 0, 4, 2}, {1, 1, 1, 1}));
}

/// Row 1 holds no token, row 2 is filled up.
inline at::Tensor token_rows() {
  return at::tensor({1, 5, 2, 4, 0, 0, 0, 0, 3, 5, 0, 0}, at::kLong).view({3, 4});
}

/// What a model reads, in every form that there is.
inline std::vector<at::Tensor> inputs_of(const ModelInfo& info) {
  if (info.reads == Reads::kTokens) return {token_rows()};
  return {sparse_rows(), sparse_rows().to_dense()};
}
inline at::Tensor input_of(const ModelInfo& info) {
  return inputs_of(info).front();
}

/// A TorchScript module of one layer, for the model `encoder`.
inline const std::string& module_file() {
  static const TempFolder kFolder;
  static const std::string kPath = [] {
    torch::jit::Module module("Module");
    module.register_attribute("training", c10::BoolType::get(), true);
    module.register_parameter("weight", at::linspace(-1, 1, 24).view({6, 4}).requires_grad_(true),
                              /*is_buffer=*/false);
    module.define(R"(
def forward(self, x):
    return torch.tanh(torch.mm(x.to_dense(), self.weight))
)");
    module.save(kFolder.path("module.ts"));
    return kFolder.path("module.ts");
  }();
  return kPath;
}

inline ModelOptions small_options() {
  ModelOptions options;
  options.hidden = {5, 4};
  options.token_width = 4;
  options.cnn.windows = {2, 3};
  options.cnn.filters = 3;
  options.transformer.heads = 2;
  options.multvae.latent = 3;
  options.mf.temperature = 1.0;  // scores of mf that any loss can take
  options.module.file = module_file();
  options.svm.trees = {0, 2};
  options.svm.beam = 2;
  options.svm.feature_power = {0.5, 1.0};
  return options;
}

inline ModelOptions small_options(const ModelInfo& info) {
  ModelOptions options = small_options();
  if (info.name == "mf" || info.parts.network == "mf") options.hidden = {4};  // of the vectors
  return options;
}

/// Whether it learns from batches, and not only from all rows.
inline bool trains_in_steps(const ModelInfo& info) {
  if (info.is_blend()) return false;  // its network does, by itself
  const auto model = info.make(kShape, small_options(info), 1);
  const auto parameters = model->parameters();
  return std::any_of(parameters.begin(), parameters.end(),
                     [](const at::Tensor& parameter) { return parameter.requires_grad(); });
}

/// Fits a model to the three rows.
inline void fit(const ModelInfo& info, Model& model, const ModelOptions& options) {
  const Csr y = make_csr(3, 9, {0, 1, 3, 4}, {8, 0, 4, 2}, {1, 1, 1, 1});
  const Csr x = from_torch_csr(sparse_rows());
  if (info.is_blend()) {
    find_model(info.parts.fitted).fit(fitted_of_blend(model), {x, y, 3}, options);
    set_blend_weight(model, 0.5);
    return;
  }
  if (!info.fits_hidden) {
    info.fit(model, {x, y, 3}, options);
    return;
  }
  const at::Tensor dense = sparse_rows().to_dense();
  const Csr words = from_torch_csr(dense.slice(1, 0, 4).to_sparse_csr());
  info.fit(model, {words, y, 3, {}, {}, {}, dense.slice(1, 4), at::ones({9, 2})}, options);
}

/// Weights that are not all zero, so that every product shows.
inline std::shared_ptr<Model> make(const ModelInfo& info, const ModelOptions& options) {
  auto model = info.make(kShape, options, 3);
  const at::NoGradGuard no_grad;
  const at::Generator generator = at::detail::createCPUGenerator(5);
  for (const at::Tensor& parameter : model->parameters())
    parameter.normal_(0, 0.5, generator);
  if (!trains_in_steps(info)) fit(info, *model, options);
  return model;
}

inline NamedTensors named(Model& model) {
  NamedTensors parameters;
  for (const auto& item : model.named_parameters())
    parameters.emplace_back(item.key(), item.value());
  return parameters;
}

}  // namespace spout::testing
