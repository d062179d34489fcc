// The table of models by name: how each is made, what it reads and learns from, and its defaults.
// --help, the error messages and the contract tests go through this table.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "spout/models/fitted/fit.h"

namespace spout {

class Model;

/// The values of a model's options that the user leaves open.
struct ModelDefaults {
  int64_t hidden = 512;  // width of the one hidden layer; 0: none
  std::string_view activation = "relu";
  double input_dropout = 0.0;
  std::string_view normalize = "auto";  // how rows of features are scaled: auto, l2 or none
  double lr_factor = 1.0;               // learning rate, in the optimizer's own
};

/// The features that a model reads: rows of numbers, tokens in their order, or both.
enum class Reads { kRows, kTokens, kAny };

/// The data that a model learns from: examples (features and labels), users and items, or both.
enum class LearnsFrom { kAny, kExamples, kUsersAndItems };

/// The models whose scores a model adds, by name: one fitted in one pass, and a network that is
/// trained in steps on its own.
struct BlendParts {
  std::string_view fitted;
  std::string_view network;
};

/// One model: a line of the table.
struct ModelInfo {
  std::string_view name;
  std::string_view help;
  std::shared_ptr<Model> (*make)(const ModelShape& shape, const ModelOptions& options,
                                 uint64_t seed);
  /// The number of weights that make() would allocate: a real number, since D x L can pass 2^63.
  double (*num_weights)(const ModelShape& shape, const ModelOptions& options);
  /// The number of them that make the scores, without biases.
  double (*num_output_weights)(const ModelShape& shape, const ModelOptions& options);
  /// Estimates how many numbers a training step keeps of one document, the output layer aside.
  ///   tokens  of the document, padding included
  ///   null    four numbers for each unit of ModelOptions::hidden
  double (*row_values)(const ModelOptions& options, double tokens) = nullptr;
  /// Whether the model has layers between its features and its output layer.
  bool has_hidden_layers = true;
  /// Whether a second head of the same size predicts values; its loss is ModelOptions::value.
  bool has_value_head = false;
  /// The loss that the model takes where the user names none.
  std::string_view default_loss = "bce";

  ModelDefaults defaults{};
  Reads reads = Reads::kRows;
  LearnsFrom learns_from = LearnsFrom::kAny;
  /// The names of the options that this model reads and not every model does.
  std::span<const std::string_view> options{};
  /// Fits all weights at once and returns the objective, mean per row, or NaN if it has none; null:
  /// the model is trained in steps.
  double (*fit)(Model& model, const FitInput& input, const ModelOptions& options) = nullptr;
  /// Whether fit() learns in epochs.
  bool fits_in_epochs = false;
  /// Whether fit() takes the rows of a pretrained encoder, or dense features, as FitInput::hidden.
  bool fits_hidden = false;
  /// Estimates the bytes that fit() takes beside the model, or the part of it that is not trained
  /// in steps.
  double (*fit_bytes)(const FitSize& size) = nullptr;
  /// What it adds, if it adds the scores of two models (models/fitted/blend.h).
  BlendParts parts{};

  bool is_blend() const { return !parts.network.empty(); }
};

std::span<const ModelInfo> model_table();

/// Whether the model reads the option, given without dashes, and not every model does.
bool reads_option(const ModelInfo& model, std::string_view option);

/// Whether the model can be trained on such features.
bool reads(const ModelInfo& model, const ModelShape& shape);

/// Throws ValueError unless reads(model, shape).
void check_reads(const ModelInfo& model, const ModelShape& shape);

/// Whether the model learns from this data: users and items, or examples of features and labels.
bool learns_from(const ModelInfo& model, bool users_and_items);

/// The names of the models that read tokens: "cnn, transformer and encoder".
std::string models_of_tokens();

/// The model called `name`; throws ValueError that lists the known names.
const ModelInfo& find_model(std::string_view name);

}  // namespace spout
