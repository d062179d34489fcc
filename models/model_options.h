// What a model can be told, apart from the heavy headers of the model itself.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "losses/value_loss.h"
#include "sparse/batch/feature_kind.h"

namespace spout {

struct ModelOptions {
  std::vector<int64_t> hidden{512};  // widths of the hidden layers
  std::string activation = "relu";
  double dropout = 0.0;              // of hidden values
  double input_dropout = 0.0;        // of features
  bool bf16_output = false;          // the output weights are kept in bf16
  ValueLossOptions value;            // of the head that gives values
  int64_t latent = 200;              // of multvae: numbers in a code
  double kl_weight = 0.2;            // of multvae: weight of the code's divergence from a normal
  int64_t kl_steps = 2000;           // of multvae: steps in which that weight grows from 0
  double temperature = 0.1;          // of mf: scores are cosines over it
  double ridge = 500.0;              // of ease: pull of all weights to zero
  std::vector<int64_t> trees{0, 9};  // of svm: depth of each label tree; 0: each label by itself
  int64_t beam = 10;                 // of svm: clusters of a tree in which a row is looked at
  std::vector<double> feature_power{0.0};  // of svm: of features, for each tree or one for all;
                                           // 0: by the data
  double svm_cost = 0.0;                   // of svm: SvmOptions::cost; 0: it and its power by the
                                           // data
  double svm_cost_power = 0.25;            // of svm: SvmOptions::cost_power
  double svm_margin = 0.8;                 // of svm: SvmOptions::margin
  bool user_vectors = false;  // of mf: users known from training have a vector of their own
  int64_t width = 128;        // of token embeddings, and all through a transformer
  std::vector<int64_t> windows{3, 4, 5};  // of cnn: tokens that a convolution sees at once
  int64_t filters = 128;                  // of cnn: convolutions of each window
  int64_t layers = 2;                     // of transformer
  int64_t heads = 4;                      // of transformer: of its attention
  std::string encoder;                    // a TorchScript file in place of hidden layers
  bool freeze_encoder = false;            // its weights stay
  bool initialize = true;  // false: weights stay unset, for a model about to be loaded
};

struct ModelShape {
  int64_t features = 0;
  int64_t labels = 0;
  FeatureKind kind = FeatureKind::kSparse;
};

}  // namespace spout
