#include "models/model.h"

#include <ATen/TensorOperators.h>

#include <array>

#include "models/cnn.h"
#include "models/ease.h"
#include "models/linear.h"
#include "models/mf.h"
#include "models/mlp.h"
#include "models/model_table.h"
#include "models/module_encoder.h"
#include "models/multvae.h"
#include "models/script.h"
#include "models/svm.h"
#include "models/transformer.h"
#include "models/two_headed.h"
#include "sparse/layout/find_by_name.h"

namespace spout {
namespace {

constexpr auto kMlpOptions = std::to_array<std::string_view>({"hidden", "activation", "dropout"});
constexpr auto kMfOptions =
    std::to_array<std::string_view>({"hidden", "temperature", "user-vectors"});
constexpr auto kMultvaeOptions = std::to_array<std::string_view>(
    {"hidden", "activation", "dropout", "latent", "kl-weight", "kl-steps"});
constexpr auto kEaseOptions = std::to_array<std::string_view>({"ridge"});
constexpr auto kSvmOptions = std::to_array<std::string_view>(
    {"trees", "beam", "feature-power", "svm-cost", "svm-cost-power", "svm-margin"});
constexpr auto kCnnOptions =
    std::to_array<std::string_view>({"width", "windows", "filters", "activation", "dropout"});
constexpr auto kTransformerOptions =
    std::to_array<std::string_view>({"width", "layers", "heads", "activation", "dropout"});
constexpr auto kModuleOptions = std::to_array<std::string_view>({"encoder", "freeze-encoder"});

constexpr std::array<ModelInfo, 11> kTable{{
    {.name = "mlp",
     .help = "hidden layers of --hidden widths, then the output layer",
     .make = &make_mlp,
     .num_weights = &mlp_num_weights,
     .num_output_weights = &mlp_num_output_weights,
     .options = kMlpOptions},
    {.name = "linear",
     .help = "one weight per feature and label; --hidden is not used",
     .make = &make_linear,
     .num_weights = &linear_num_weights,
     .num_output_weights = &linear_num_output_weights,
     .has_hidden_layers = false,
     .defaults = {.hidden = 0}},
    {.name = "svm",
     .help = "of many sparse features: linear SVMs for every label, alone and in label trees",
     .make = &make_svm,
     .num_weights = &svm_num_weights,
     .num_output_weights = &svm_num_weights,
     .has_hidden_layers = false,
     .default_loss = "squared-hinge",
     .defaults = {.hidden = 0},
     .learns_from = LearnsFrom::kExamples,
     .options = kSvmOptions,
     .fit = &fit_svm,
     .fit_bytes = &fit_svm_bytes},
    {.name = "two-headed",
     .help = "hidden layers, then where the non-zeros are and, apart, their values",
     .make = &make_two_headed,
     .num_weights = &two_headed_num_weights,
     .num_output_weights = &mlp_num_output_weights,
     .has_value_head = true,
     .default_loss = "squared-hinge",
     .options = kMlpOptions},
    {.name = "mf",
     .help = "of users and items: vectors of --hidden numbers whose cosines are the scores",
     .make = &make_mf,
     .num_weights = &mf_num_weights,
     .num_output_weights = &mf_num_output_weights,
     .default_loss = "softmax",
     .defaults = {.hidden = 256, .input_dropout = 0.5},
     .options = kMfOptions},
    {.name = "multdae",
     .help = "of users and items: an mlp that learns to name all items from half of them",
     .make = &make_mlp,
     .num_weights = &mlp_num_weights,
     .num_output_weights = &mlp_num_output_weights,
     .default_loss = "softmax",
     .defaults = {.hidden = 200, .activation = "tanh", .input_dropout = 0.5},
     .options = kMlpOptions},
    {.name = "multvae",
     .help = "of users and items: the same by a drawn code of --latent numbers",
     .make = &make_multvae,
     .num_weights = &multvae_num_weights,
     .num_output_weights = &multvae_num_output_weights,
     .default_loss = "softmax",
     .defaults = {.hidden = 600, .activation = "tanh", .input_dropout = 0.5},
     .options = kMultvaeOptions},
    {.name = "cnn",
     .help = "of tokens: convolutions over --windows of them, and the largest of each",
     .make = &make_cnn,
     .num_weights = &cnn_num_weights,
     .num_output_weights = &cnn_num_output_weights,
     .row_values = &cnn_row_values,
     .defaults = {.hidden = 0},
     .reads = Reads::kTokens,
     .options = kCnnOptions},
    {.name = "transformer",
     .help = "of tokens: --layers of attention, then their mean",
     .make = &make_transformer,
     .num_weights = &transformer_num_weights,
     .num_output_weights = &transformer_num_output_weights,
     .row_values = &transformer_row_values,
     .defaults = {.hidden = 0},
     .reads = Reads::kTokens,
     .options = kTransformerOptions},
    {.name = "encoder",
     .help = "a TorchScript module of your own, --encoder, then the output layer",
     .make = &make_module_model,
     .num_weights = &module_num_weights,
     .num_output_weights = &module_num_output_weights,
     .defaults = {.hidden = 0},
     .reads = Reads::kAny,
     .options = kModuleOptions},
    {.name = "ease",
     .help = "of users and items: item-item weights in closed form, for some 20,000 items",
     .make = &make_ease,
     .num_weights = &linear_num_weights,
     .num_output_weights = &linear_num_output_weights,
     .has_hidden_layers = false,
     .default_loss = "mse",
     .defaults = {.hidden = 0, .normalize = "none"},
     .learns_from = LearnsFrom::kUsersAndItems,
     .options = kEaseOptions,
     .fit = &fit_ease,
     .fit_bytes = &fit_ease_bytes},
}};

}  // namespace

Model::Model(std::shared_ptr<Encoder> encoder, std::shared_ptr<OutputLayer> output)
    : encoder_(register_module("encoder", std::move(encoder))),
      output_(register_module("output", std::move(output))) {}

at::Tensor Model::scores(const at::Tensor& x) {
  return output_->scores(encoder_->encode(x, StepRandom{}));
}

at::Tensor Model::loss(const at::Tensor& x, const at::Tensor& target, const Loss& loss,
                       const LossOptions& options, const StepRandom& random,
                       const OutputUpdate* update) {
  const Encoded encoded = encoder_->encode_with_penalty(x, random);
  at::Tensor of_scores = output_->loss(encoded.hidden, target, loss, options, update);
  if (!encoded.penalty.defined()) return of_scores;
  const double rows = static_cast<double>(target.size(0));
  const double scale = reduction_scale(options.reduction, target.size(0), target.size(1)) * rows;
  return of_scores + encoded.penalty * scale;
}

Csr Model::predict_scores(const at::Tensor& x, const DecodeOptions& options, const Csr* seen) {
  return output_->predict(encoder_->encode(x, StepRandom{}), options, seen);
}

Prediction Model::predict(const at::Tensor& x, const DecodeOptions& options, const Csr* seen,
                          DecodeReport* report) {
  const at::Tensor hidden = encoder_->encode(x, StepRandom{});
  Csr scores = output_->predict(hidden, options, seen, report);
  Csr values = output_->values(hidden, scores);
  return {std::move(scores), std::move(values)};
}

torch::jit::Module Model::to_script(int64_t l2_columns) const {
  Script script(output_->labels().size());
  if (l2_columns > 0) {
    script.statement("x = self.l2_rows(x, " + std::to_string(l2_columns) + ")");
  }
  encoder_->write_script(script);
  script.begin_output();
  output_->write_script(script);
  return script.finish();
}

std::span<const ModelInfo> model_table() {
  return kTable;
}

bool reads(const ModelInfo& model, FeatureKind kind) {
  if (model.reads == Reads::kAny) return true;
  return (model.reads == Reads::kTokens) == (kind == FeatureKind::kTokens);
}

bool learns_from(const ModelInfo& model, bool users_and_items) {
  if (model.learns_from == LearnsFrom::kAny) return true;
  return (model.learns_from == LearnsFrom::kUsersAndItems) == users_and_items;
}

void check_reads(const ModelInfo& model, FeatureKind kind) {
  TORCH_CHECK_VALUE(reads(model, kind) || kind == FeatureKind::kTokens, "the model ", model.name,
                    " reads tokens in their order, but these are rows of features; "
                    "text has them (--text-input tokens)");
  TORCH_CHECK_VALUE(reads(model, kind), "the model ", model.name,
                    " reads rows of features, but these are tokens in their order; "
                    "--text-input tfidf, or for tokens --model cnn, transformer or encoder");
}

const ModelInfo& find_model(std::string_view name) {
  return find_by_name(kTable, name, "model");
}

}  // namespace spout
