// The options of `spout train`, in one struct. A run's options.json holds them, and the other
// commands read them from there.
#pragma once

#include <string>
#include <vector>

#include "spout/app/data/data_source.h"
#include "spout/app/options/command_line.h"
#include "spout/app/options/option.h"
#include "spout/app/process/device.h"
#include "spout/app/run/label_weights.h"
#include "spout/app/run/length_options.h"
#include "spout/losses/base/loss.h"
#include "spout/losses/optimizers/optimizer_options.h"
#include "spout/models/base/model_options.h"
#include "spout/sparse/batch/dataset.h"

namespace spout {

/// The first values of the output biases: the scores that fit the label frequencies, or 0.
enum class BiasInit : uint8_t { kFrequency, kZero };

/// How the output layer makes its scores: in blocks of labels, or for all labels at once.
enum class LayerScores : uint8_t { kBlocks, kWhole };

/// What an epoch puts in random order: rows, or blocks of neighbouring rows. kAuto takes blocks if
/// the data stay in their files.
enum class ShuffleUnit : uint8_t { kAuto, kRows, kBlocks };

/// Model options whose values say "the model's own": no hidden layers, activation "auto", input
/// dropout below zero.
ModelOptions unsettled_model_options();

struct TrainOptions {
  // data
  std::string train;         // training examples
  std::string output;        // the run folder
  std::string valid;         // validation examples, which choose the best model
  std::string valid_input;   // users and items: the known items of the validation users
  double valid_share = 0.0;  // the share of the training rows that validates in place of `valid`
  DataOptions data;
  int64_t num_features = 0;  // D of text that does not say it; 0: as many as it names
  int64_t num_labels = 0;    // L, likewise
  // model
  std::string model = "auto";
  ModelOptions model_options = unsettled_model_options();
  std::string warm_start;     // the run folder that gives the initial weights
  std::string extend;         // the same folder, if that run is continued on more labels
  std::string encoder;        // a TorchScript file, or the folder of a pretrained model
  std::string vectors;        // a file of vectors that tokens begin with
  std::string label_text;     // the file of label texts; empty: labels are their own texts
  double encoder_lr = 0.0;    // the learning rate in front of the output layer; 0: lr
  std::string loss = "auto";  // auto: the model's default_loss
  LossParameters loss_parameters;
  LabelOptions labels;
  BiasInit bias_init = BiasInit::kFrequency;
  double popularity = 0.0;  // the weight of label_popularity() in predictions
  LayerScores output_layer = LayerScores::kBlocks;
  // optimization
  std::string optimizer = "adamw";
  OptimizerOptions optimizer_options;
  double lr = 0.0;  // 0: the optimizer's default
  std::string schedule = "cosine";
  double warmup = 0.0;  // the share of all steps in which the rate rises
  double clip = 0.0;    // the largest gradient norm; 0: no limit
  LengthOptions length;
  int64_t batch_size = 256;
  ShuffleUnit shuffle = ShuffleUnit::kAuto;
  int64_t patience = 0;  // epochs without a better metric before stopping; 0: never
  std::string metrics = "auto";
  int64_t seed = 1;
  DeviceOptions device;
  // run
  int64_t log_every = 50;            // steps between lines of log.jsonl
  int64_t checkpoint_every = 0;      // steps between checkpoints within an epoch; 0: no such rule
  double checkpoint_minutes = 10.0;  // the age of the last checkpoint to write one at; 0: no rule
  std::string config;
  std::string effort = "normal";  // how much a race looks (app/race)
  bool resume = false;
  bool accept_changes = false;  // resume though data or options have changed
  bool force = false;
  // not options: how they were given
  GivenOptions given;          // the options on the command line, whatever their values
  bool model_is_open = false;  // `auto` chose svm, but the data may not suit it
  std::string model_reason;    // why `auto` chose this model; empty: it was named
};

/// The options for make() of the model table; always the same for one run.
ModelOptions model_options_of(const TrainOptions& options);

/// Whether a pretrained model stays as it is, so that documents become its rows, and not tokens.
bool freezes_encoder(const TrainOptions& options);

/// What --features auto stands for: "both" for a model that reads words and an encoder's rows
/// apart, else "encoder". It is of use only with an encoder or a tokenizer.
std::string features_by_default(const std::string& model);

/// Whether the training finds its own length.
bool finds_length(const TrainOptions& options);

/// Whether the target has values to come near to, whose errors are of interest.
///   has_interactions  the data are users and items
bool learns_values(const TrainOptions& options, bool has_interactions);

/// The loss that the options name, with its parameters.
Loss loss_of(const TrainOptions& options);

/// The list that describes these options, for flags, --help, config file and options.json.
OptionList train_option_list(TrainOptions& options);

/// The end of --help: a line for each model, loss, value loss and optimizer.
std::string train_tables_help();

}  // namespace spout
