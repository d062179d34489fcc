// The models by name.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "models/fit.h"

namespace spout {

class Model;

/// What suits a model where nothing is asked for.
struct ModelDefaults {
  int64_t hidden = 512;  // one layer of that width; 0: none
  std::string_view activation = "relu";
  double input_dropout = 0.0;
  std::string_view normalize = "auto";  // rows of features
};

/// The features that a model reads.
enum class Reads { kRows, kTokens, kAny };

/// The data that a model learns from.
enum class LearnsFrom { kAny, kExamples, kUsersAndItems };

/// A line of the table.
struct ModelInfo {
  std::string_view name;
  std::string_view help;
  std::shared_ptr<Model> (*make)(const ModelShape& shape, const ModelOptions& options,
                                 uint64_t seed);
  /// Weights that make() would allocate: a real number, since D x L can pass 2^63.
  double (*num_weights)(const ModelShape& shape, const ModelOptions& options);
  /// Those of them that make the scores, without their biases.
  double (*num_output_weights)(const ModelShape& shape, const ModelOptions& options);
  /// About how many numbers a training step keeps of a document in front of the output layer.
  ///   tokens  in it, padding included      null: four for each of ModelOptions::hidden
  double (*row_values)(const ModelOptions& options, double tokens) = nullptr;
  /// Whether there is anything between features and output layer.
  bool has_hidden_layers = true;
  /// Whether a second head as large gives values: ModelOptions::value.
  bool has_value_head = false;
  /// The loss where none is asked for.
  std::string_view default_loss = "bce";
  /// What options stand for where they are left to the model.
  ModelDefaults defaults{};
  Reads reads = Reads::kRows;
  LearnsFrom learns_from = LearnsFrom::kAny;
  /// Options of `spout train` that mean something to this model and not to all.
  std::span<const std::string_view> options{};
  /// Of a model that is worked out and not trained in steps: sets the weights and returns the mean
  /// loss per row; and the bytes which that takes beside the model.
  double (*fit)(Model& model, const FitInput& input, const ModelOptions& options) = nullptr;
  double (*fit_bytes)(const FitSize& size) = nullptr;
};

std::span<const ModelInfo> model_table();

/// Whether a model can be trained on such features, given nothing but them.
bool reads(const ModelInfo& model, FeatureKind kind);

/// Throws ValueError, with advice, unless it does.
void check_reads(const ModelInfo& model, FeatureKind kind);

/// Whether it learns from such data: users and items, or examples of features and labels.
bool learns_from(const ModelInfo& model, bool users_and_items);

/// Throws ValueError that lists the known names.
const ModelInfo& find_model(std::string_view name);

}  // namespace spout
