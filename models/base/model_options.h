// The options of all models, kept apart from the heavy headers of the models themselves.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "spout/losses/value_loss.h"
#include "spout/sparse/batch/feature_kind.h"

namespace spout {

struct MfOptions {
  // Divides the cosines to give the scores.
  double temperature = 0.1;
  // Adds a vector of the user's own to those of the user's items; for users known from training.
  bool user_vectors = false;
};

struct MultvaeOptions {
  // Width of a code.
  int64_t latent = 200;
  // Weight of the KL divergence between a code and a standard normal.
  double kl_weight = 0.2;
  // Number of steps over which that weight rises from 0.
  int64_t kl_steps = 2000;
};

struct EaseOptions {
  // Weight of the penalty on squared weights; 0: chosen (models/fitted/ease_ridge.h).
  double ridge = 0.0;
};

/// How item-knn weights the entries of users and items (models/fitted/item_knn.h).
enum class ItemWeights : uint8_t { kWalk, kCosine, kTfidf, kBm25 };

struct ItemKnnOptions {
  // Number of similar items that an item names.
  int64_t neighbours = 200;
  ItemWeights weights = ItemWeights::kWalk;
  // kWalk raises the probabilities of its steps to the power alpha, and divides an item's by its
  // number of users to the power beta.
  double walk_alpha = 0.8;
  double walk_beta = 0.2;
};

struct SvmModelOptions {
  // The depth of each label tree; the trees' predictions are averaged. A tree of depth 0 has one
  // SVM per label against all rows. None: the data choose (svm_plan.h), or else 0 and 9.
  std::vector<int64_t> trees{};
  // Number of clusters of a tree whose labels are scored for a row.
  int64_t beam = 10;
  // The power that features are raised to: one for each tree, or one for all. 0 lets the data
  // choose it.
  std::vector<double> feature_power{0.0};
  // SvmOptions::cost; 0 lets the data choose it together with cost_power.
  double cost = 0.0;
  // SvmOptions::cost_power.
  double cost_power = 0.25;
  // SvmOptions::margin.
  double margin = 0.8;
};

struct PrototypeOptions {
  // Weight of a label's text beside its training rows, each of which counts 1; below 0: chosen.
  double name_weight = -1.0;
  // Weight of the SVM on words beside the cosines; below 0: chosen.
  double word_weight = -1.0;
  // Passes over the training rows in which a linear map of all rows is learned.
  int64_t map_epochs = 1;
};

struct BlendOptions {
  // Weight of mlp's scores beside svm's; below 0: chosen.
  double weight = -1.0;
};

struct CnnOptions {
  // Widths of the convolutions, in tokens.
  std::vector<int64_t> windows{3, 4, 5};
  // Number of convolutions of each width.
  int64_t filters = 128;
};

struct TransformerOptions {
  int64_t layers = 2;
  // Number of attention heads in each layer.
  int64_t heads = 4;
};

/// The TorchScript module of the model `encoder`.
struct ModuleOptions {
  std::string file;
  // The module is not trained.
  bool freeze = false;
};

struct ModelOptions {
  // Widths of the hidden layers.
  std::vector<int64_t> hidden{512};
  std::string activation = "relu";
  // Share of the hidden values that a training step sets to zero.
  double dropout = 0.0;
  // Share of the input features that a training step sets to zero, or of the tokens that it makes
  // unknown.
  double input_dropout = 0.0;
  // The output layer keeps its weights in bf16.
  bool bf16_output = false;
  // Width of a token's vector, and of all of a transformer's hidden rows.
  int64_t token_width = 128;
  // The loss of the head that predicts values.
  ValueLossOptions value;
  MfOptions mf;
  MultvaeOptions multvae;
  EaseOptions ease;
  ItemKnnOptions item_knn;
  SvmModelOptions svm;
  PrototypeOptions prototypes;
  BlendOptions blend;
  CnnOptions cnn;
  TransformerOptions transformer;
  ModuleOptions module;
  // False leaves the weights unset, for a model about to be loaded.
  bool initialize = true;
};

/// What a model is made for: D features of a kind, L labels.
struct ModelShape {
  int64_t features = 0;
  int64_t labels = 0;
  FeatureKind kind = FeatureKind::kSparse;
  // How many of the features, the last ones, are values of a pretrained encoder's rows.
  int64_t hidden = 0;
  // The numbers of tokens that no text has.
  TokenNumbers tokens{};
};

}  // namespace spout
