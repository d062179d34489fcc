// Everything that `spout train` can be told, in one struct: it is what options.json holds and what
// the other commands read from a run.
#pragma once

#include <string>
#include <vector>

#include "app/data_source.h"
#include "app/device.h"
#include "app/options/option.h"
#include "app/training/label_weights.h"
#include "losses/loss.h"
#include "losses/optimizer.h"
#include "models/model_options.h"
#include "sparse/batch/dataset.h"

namespace spout {

/// With what is left to the model: no hidden layers, activation "auto", input dropout below zero.
ModelOptions unsettled_model_options();

struct TrainOptions {
  // data
  std::string train;         // examples to learn from
  std::string output;        // run folder
  std::string valid;         // examples to choose the best model by
  std::string valid_input;   // of interactions: what is known of the validation users
  double valid_share = 0.0;  // or this share of the training rows
  DataOptions data;
  // model
  std::string model = "auto";
  ModelOptions model_options = unsettled_model_options();
  std::string warm_start;     // run folder whose weights are the first ones
  std::string extend;         // the same, whose options hold and whose labels are among these
  std::string encoder;        // TorchScript file: the model `encoder`
  double encoder_lr = 0.0;    // of what is in front of the output layer; 0: lr
  std::string loss = "auto";  // the model's default_loss
  LossParameters loss_parameters;
  LabelOptions labels;
  std::string bias_init = "frequency";   // frequency|zero
  double popularity = 0.0;               // weight of label_popularity() in predictions
  std::string output_layer = "chunked";  // chunked|logits
  // optimization
  std::string optimizer = "adamw";
  OptimizerOptions optimizer_options;
  double lr = 0.0;  // 0: the optimizer's default
  std::string schedule = "cosine";
  double warmup = 0.0;  // share of all steps
  double clip = 0.0;    // largest gradient norm; 0: no limit
  int64_t epochs = 10;
  int64_t batch_size = 256;
  std::string shuffle = "auto";  // rows|blocks; auto: blocks of data in files
  int64_t patience = 0;          // epochs without a better metric before stopping; 0: never
  std::string metrics = "auto";
  int64_t seed = 1;
  DeviceOptions device;
  // run
  int64_t log_every = 50;            // steps
  int64_t checkpoint_every = 0;      // steps; 0: at the end of each epoch
  double checkpoint_minutes = 10.0;  // and whenever the last one is so old; 0: never for that
  std::string config;
  bool resume = false;
  bool accept_changes = false;  // of data and options of a run that is resumed
  bool force = false;
  // about the options themselves
  std::vector<std::string> said;  // those on the command line, with whatever value
  bool model_is_open = false;     // settled, but the data may still speak against the model
};

/// What make() of the model table needs; of a run, the same whenever it is asked.
ModelOptions model_options_of(const TrainOptions& options);

/// The loss with its parameters.
Loss loss_of(const TrainOptions& options);

/// The one description of these options.
OptionList train_option_list(TrainOptions& options);

/// What the models, losses and optimizers that they name are: a line each.
std::string train_tables_help();

/// Throws UserError on values that make no sense; unknown names are answered with the nearest one.
void check_train_options(const TrainOptions& options);

/// Of a resumed run: the options that differ and by which it learns, so all but how long, where
/// and how often it says or saves something. Throws UserError on the first one, or says so on
/// stderr where --accept-changes allows it.
void check_resumed_options(TrainOptions& begun, TrainOptions& now);

}  // namespace spout
