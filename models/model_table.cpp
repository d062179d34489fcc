#include "spout/models/model_table.h"

#include <array>

#include "spout/models/encoders/cnn.h"
#include "spout/models/encoders/embedding_bag.h"
#include "spout/models/encoders/linear.h"
#include "spout/models/encoders/mf.h"
#include "spout/models/encoders/mlp.h"
#include "spout/models/encoders/module_encoder.h"
#include "spout/models/encoders/multvae.h"
#include "spout/models/encoders/transformer.h"
#include "spout/models/encoders/two_headed.h"
#include "spout/models/fitted/blend.h"
#include "spout/models/fitted/ease.h"
#include "spout/models/fitted/item_knn.h"
#include "spout/models/fitted/popular.h"
#include "spout/models/fitted/prototypes.h"
#include "spout/models/fitted/slim.h"
#include "spout/models/fitted/svm.h"
#include "spout/sparse/base/find_by_name.h"

namespace spout {
namespace {

// Vectors of items lie far from where they begin: at the optimizer's own rate gowalla's 41,000 take
// 1,188 steps to come as far as in 528 at this one.
constexpr double kRateOfVectors = 3.0;

constexpr auto kMlpOptions = std::to_array<std::string_view>({"hidden", "activation", "dropout"});
constexpr auto kMfOptions =
    std::to_array<std::string_view>({"hidden", "temperature", "user-vectors"});
constexpr auto kMultvaeOptions = std::to_array<std::string_view>(
    {"hidden", "activation", "dropout", "latent", "kl-weight", "kl-steps"});
constexpr auto kEaseOptions = std::to_array<std::string_view>({"ridge"});
constexpr auto kItemKnnOptions =
    std::to_array<std::string_view>({"neighbours", "item-weights", "walk-alpha", "walk-beta"});
constexpr auto kSlimOptions = std::to_array<std::string_view>({"ridge", "neighbours"});
constexpr auto kSvmOptions = std::to_array<std::string_view>(
    {"trees", "beam", "feature-power", "svm-cost", "svm-cost-power", "svm-margin"});
constexpr auto kBlendOptions = std::to_array<std::string_view>(
    {"blend-weight", "hidden", "activation", "dropout", "trees", "beam", "feature-power",
     "svm-cost", "svm-cost-power", "svm-margin"});
constexpr auto kItemBlendOptions =
    std::to_array<std::string_view>({"blend-weight", "hidden", "temperature", "neighbours",
                                     "item-weights", "walk-alpha", "walk-beta"});
constexpr auto kPrototypeOptions = std::to_array<std::string_view>(
    {"name-weight", "word-weight", "trees", "beam", "feature-power", "svm-cost", "svm-cost-power",
     "svm-margin", "encoder", "freeze-encoder"});
constexpr auto kEmbeddingBagOptions =
    std::to_array<std::string_view>({"width", "dropout", "vectors"});
constexpr auto kCnnOptions = std::to_array<std::string_view>(
    {"width", "windows", "filters", "activation", "dropout", "vectors"});
constexpr auto kTransformerOptions = std::to_array<std::string_view>(
    {"width", "layers", "heads", "activation", "dropout", "vectors"});
constexpr auto kModuleOptions =
    std::to_array<std::string_view>({"encoder", "freeze-encoder", "name-weight"});

constexpr std::array<ModelInfo, 18> kTable{{
    {.name = "mlp",
     .help = "hidden layers, then the output layer",
     .make = &make_mlp,
     .num_weights = &mlp_num_weights,
     .num_output_weights = &mlp_num_output_weights,
     .options = kMlpOptions},
    {.name = "linear",
     .help = "one weight for each pair of a feature and a label",
     .make = &make_linear,
     .num_weights = &linear_num_weights,
     .num_output_weights = &linear_num_output_weights,
     .has_hidden_layers = false,
     .defaults = {.hidden = 0}},
    {.name = "svm",
     .help =
         "many sparse features: a linear SVM for every label, averaged with SVMs in label trees",
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
    {.name = "blend",
     .help = "the scores of svm and, by a weight that held-out rows choose, those of an mlp",
     .make = &make_blend,
     .num_weights = &mlp_num_weights,
     .num_output_weights = &mlp_num_output_weights,
     .default_loss = "squared-hinge",
     .defaults = {.hidden = 1024, .input_dropout = 0.2},
     .learns_from = LearnsFrom::kExamples,
     .options = kBlendOptions,
     .fit_bytes = &fit_svm_bytes,
     .parts = {.fitted = "svm", .network = "mlp"}},
    {.name = "prototypes",
     .help = "texts with a pretrained encoder: a vector for each label, of its rows and its own "
             "text, beside svm on words",
     .make = &make_prototypes,
     .num_weights = &prototypes_num_weights,
     .num_output_weights = &prototypes_num_weights,
     .has_hidden_layers = false,
     .default_loss = "squared-hinge",
     .defaults = {.hidden = 0},
     .learns_from = LearnsFrom::kExamples,
     .options = kPrototypeOptions,
     .fit = &fit_prototypes,
     .fits_in_epochs = true,
     .fits_hidden = true,
     .fit_bytes = &fit_prototypes_bytes},
    {.name = "two-headed",
     .help = "hidden layers, then two output layers: where the non-zeros are, "
             "and their values",
     .make = &make_two_headed,
     .num_weights = &two_headed_num_weights,
     .num_output_weights = &mlp_num_output_weights,
     .has_value_head = true,
     .default_loss = "squared-hinge",
     .options = kMlpOptions},
    {.name = "mf",
     .help = "users x items: a vector for each item; scores are cosines of a user's sum of vectors",
     .make = &make_mf,
     .num_weights = &mf_num_weights,
     .num_output_weights = &mf_num_output_weights,
     .default_loss = "softmax",
     .defaults = {.hidden = 256, .input_dropout = 0.5, .lr_factor = kRateOfVectors},
     .options = kMfOptions},
    {.name = "multdae",
     .help = "users x items: an mlp that learns to name all of a user's items from half of them",
     .make = &make_mlp,
     .num_weights = &mlp_num_weights,
     .num_output_weights = &mlp_num_output_weights,
     .default_loss = "softmax",
     .defaults = {.hidden = 200, .activation = "tanh", .input_dropout = 0.5},
     .options = kMlpOptions},
    {.name = "multvae",
     .help = "users x items: a variational autoencoder of a user's items",
     .make = &make_multvae,
     .num_weights = &multvae_num_weights,
     .num_output_weights = &multvae_num_output_weights,
     .default_loss = "softmax",
     .defaults = {.hidden = 600, .activation = "tanh", .input_dropout = 0.5},
     .options = kMultvaeOptions},
    {.name = "embedding-bag",
     .help = "text, whatever its order: the mean of its tokens' vectors, then the output layer",
     .make = &make_embedding_bag,
     .num_weights = &embedding_bag_num_weights,
     .num_output_weights = &embedding_bag_num_output_weights,
     .row_values = &embedding_bag_row_values,
     .defaults = {.hidden = 0},
     .reads = Reads::kTokens,
     .options = kEmbeddingBagOptions},
    {.name = "cnn",
     .help = "text in its order: convolutions over windows of tokens, and the largest of each",
     .make = &make_cnn,
     .num_weights = &cnn_num_weights,
     .num_output_weights = &cnn_num_output_weights,
     .row_values = &cnn_row_values,
     .defaults = {.hidden = 0},
     .reads = Reads::kTokens,
     .options = kCnnOptions},
    {.name = "transformer",
     .help = "text in its order: layers of attention, then their mean",
     .make = &make_transformer,
     .num_weights = &transformer_num_weights,
     .num_output_weights = &transformer_num_output_weights,
     .row_values = &transformer_row_values,
     .defaults = {.hidden = 0},
     .reads = Reads::kTokens,
     .options = kTransformerOptions},
    {.name = "encoder",
     .help = "a pretrained text model or a TorchScript module of your own, then the output layer",
     .make = &make_module_model,
     .num_weights = &module_num_weights,
     .num_output_weights = &module_num_output_weights,
     .row_values = &module_row_values,
     .defaults = {.hidden = 0},
     .reads = Reads::kAny,
     .options = kModuleOptions},
    {.name = "ease",
     .help = "users x items: item-item weights in closed form, for up to some 40,000 items",
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
    {.name = "slim",
     .help =
         "users x items: as ease, each item from its most similar items, for any number of them",
     .make = &make_slim,
     .num_weights = &slim_num_weights,
     .num_output_weights = &slim_num_weights,
     .has_hidden_layers = false,
     .default_loss = "mse",
     .defaults = {.hidden = 0, .normalize = "none"},
     .learns_from = LearnsFrom::kUsersAndItems,
     .options = kSlimOptions,
     .fit = &fit_slim,
     .fit_bytes = &fit_slim_bytes},
    {.name = "item-knn",
     .help = "users x items: the items most similar to a user's own, by the users they share",
     .make = &make_item_knn,
     .num_weights = &item_knn_num_weights,
     .num_output_weights = &item_knn_num_weights,
     .has_hidden_layers = false,
     .default_loss = "mse",
     .defaults = {.hidden = 0, .normalize = "none"},
     .learns_from = LearnsFrom::kUsersAndItems,
     .options = kItemKnnOptions,
     .fit = &fit_item_knn,
     .fit_bytes = &fit_item_knn_bytes},
    {.name = "item-blend",
     .help = "users x items: the scores of item-knn and, by a weight that held-out items choose, "
             "those of mf",
     .make = &make_item_blend,
     .num_weights = &mf_num_weights,
     .num_output_weights = &mf_num_output_weights,
     .default_loss = "softmax",
     .defaults =
         {.hidden = 256, .input_dropout = 0.5, .normalize = "none", .lr_factor = kRateOfVectors},
     .learns_from = LearnsFrom::kUsersAndItems,
     .options = kItemBlendOptions,
     .fit_bytes = &fit_item_knn_bytes,
     .parts = {.fitted = "item-knn", .network = "mf"}},
    {.name = "popular",
     .help = "the commonest labels or items, the same for every row: what others have to beat",
     .make = &make_popular,
     .num_weights = &popular_num_weights,
     .num_output_weights = &popular_num_weights,
     .has_hidden_layers = false,
     .defaults = {.hidden = 0},
     .fit = &fit_popular,
     .fit_bytes = &fit_popular_bytes},
}};

}  // namespace

std::span<const ModelInfo> model_table() {
  return kTable;
}

bool reads_option(const ModelInfo& model, std::string_view option) {
  return std::find(model.options.begin(), model.options.end(), option) != model.options.end();
}

bool reads(const ModelInfo& model, const ModelShape& shape) {
  if (model.reads == Reads::kAny) return true;
  if (model.fits_hidden && shape.kind == FeatureKind::kSparse && shape.hidden == 0) return false;
  return (model.reads == Reads::kTokens) == (shape.kind == FeatureKind::kTokens);
}

bool learns_from(const ModelInfo& model, bool users_and_items) {
  if (model.learns_from == LearnsFrom::kAny) return true;
  return (model.learns_from == LearnsFrom::kUsersAndItems) == users_and_items;
}

void check_reads(const ModelInfo& model, const ModelShape& shape) {
  const bool is_right = reads(model, shape);
  const bool are_tokens = shape.kind == FeatureKind::kTokens;
  TORCH_CHECK_VALUE(is_right || are_tokens || !model.fits_hidden, "the model ", model.name,
                    " reads dense features, such as the rows of an encoder, but these are sparse");
  TORCH_CHECK_VALUE(is_right || are_tokens, "the model ", model.name,
                    " reads tokens in their order, but these are rows of features");
  TORCH_CHECK_VALUE(is_right, "the model ", model.name,
                    " reads rows of features, but these are tokens in their order");
}

std::string models_of_tokens() {
  std::string names;
  std::string last;
  for (const ModelInfo& info : kTable) {
    if (info.reads == Reads::kRows) continue;
    if (!last.empty()) names += (names.empty() ? "" : ", ") + last;
    last = info.name;
  }
  return names + " and " + last;
}

const ModelInfo& find_model(std::string_view name) {
  return find_by_name(kTable, name, "model");
}

}  // namespace spout
