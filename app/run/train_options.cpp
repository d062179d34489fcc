#include "spout/app/run/train_options.h"

#include <fmt/format.h>

#include <array>

#include "spout/app/run/blend_options.h"
#include "spout/app/run/effort.h"
#include "spout/app/run/item_model_options.h"
#include "spout/app/run/length_options.h"
#include "spout/app/run/prototype_options.h"
#include "spout/app/run/svm_options.h"
#include "spout/app/run/token_model_options.h"
#include "spout/losses/loss_table.h"
#include "spout/losses/optimizers/optimizer.h"
#include "spout/losses/optimizers/schedule.h"
#include "spout/models/base/activation.h"
#include "spout/models/model_table.h"
#include "spout/sparse/base/find_by_name.h"

namespace spout {
namespace {

constexpr std::array<NamedValue<BiasInit>, 2> kBiasInits{{
    {"frequency", BiasInit::kFrequency},
    {"zero", BiasInit::kZero},
}};
constexpr std::array<NamedValue<LayerScores>, 2> kLayerScores{{
    {"chunked", LayerScores::kBlocks},
    {"logits", LayerScores::kWhole},
}};
constexpr std::array<NamedValue<ShuffleUnit>, 3> kShuffleUnits{{
    {"auto", ShuffleUnit::kAuto},
    {"rows", ShuffleUnit::kRows},
    {"blocks", ShuffleUnit::kBlocks},
}};

constexpr double kBelowOne = 0.9999999;

/// The word "auto", then the names of a table.
template <class Table>
std::vector<std::string> auto_or(const Table& table) {
  std::vector<std::string> names = names_in(table);
  names.insert(names.begin(), "auto");
  return names;
}

/// Returns the default losses in words, "softmax (mf, multvae), mse (ease), else bce".
std::string default_losses() {
  const std::string_view usual = ModelInfo{}.default_loss;
  std::string text;
  for (const Loss& loss : loss_table()) {
    std::vector<std::string> models;
    for (const ModelInfo& info : model_table()) {
      if (info.default_loss == loss.name) models.emplace_back(info.name);
    }
    if (models.empty() || loss.name == usual) continue;
    text += fmt::format("{} ({}), ", loss.name, joined(models, ", "));
  }
  return fmt::format("{}else {}", text, usual);
}

/// Returns the widths of the hidden layers that models have by default, "mlp 512, mf 256".
std::string default_widths() {
  std::vector<std::string> widths;
  for (const ModelInfo& info : model_table()) {
    if (info.defaults.hidden == 0) continue;
    widths.push_back(fmt::format("{} {}", info.name, info.defaults.hidden));
  }
  return joined(widths, ", ");
}

OptionGroup data_group(TrainOptions& o) {
  OptionGroup data{
      "data",
      {Option{"train", &o.train, "DATA",
              "Training examples: a file, - for standard input, X.npz,Y.npz, or a data folder."},
       Option{"output", &o.output, "RUN", "Folder for the run; it is created."}.changeable(),
       Option{"valid", &o.valid, "DATA",
              "Validation examples; by --metrics they choose the length of the training, or the "
              "epoch whose model is kept."}
           .changeable(),
       Option{"valid-share", &o.valid_share, "SHARE",
              "Share of the training rows that is held back for validation; with users and items, "
              "share of each user's items."}
           .in(0.0, 0.9),
       Option{"valid-input", &o.valid_input, "DATA",
              "Users and items: the known items of the users of --valid, a model's input; without "
              "it, the training data."}
           .changeable(),
       Option{"num-features", &o.num_features, "N",
              "Number of features of the model, if later data may have more than these; 0 takes it "
              "from the data."}
           .in(0, static_cast<double>(kMaxDimension)),
       Option{"num-labels", &o.num_labels, "L", "Number of labels of the model, likewise."}.in(
           0, static_cast<double>(kMaxDimension))}};
  return data.add(data_options(o.data));
}

OptionGroup model_group(TrainOptions& o) {
  ModelOptions& m = o.model_options;
  return {
      "model",
      {Option{"model", &o.model, "NAME",
              "The model, one of those listed below. auto is prototypes with --encoder FOLDER, "
              "encoder with --encoder FILE, cnn with --vectors; else what --effort finds; without "
              "that svm if sparse rows in memory have at most 5 % non-zero features and no option "
              "asks for a network, item-knn for users and items likewise, else mlp."}
           .one_of(auto_or(model_table())),
       Option{"hidden", &m.hidden, "WIDTHS",
              "Widths of the hidden layers, e.g. 512,256; without it the model's own: " +
                  default_widths() + "."}
           .in(1.0, 1e6),
       Option{"activation", &m.activation, "NAME",
              "Activation function of the hidden layers; auto is the model's own."}
           .one_of(auto_or(activation_table())),
       Option{"dropout", &m.dropout, "P",
              "Share of the hidden values that a training step sets to zero."}
           .in(0.0, 0.99),
       Option{"input-dropout", &m.input_dropout, "P",
              "Share of a row's features (of a user, items; of a document, tokens) that a training "
              "step leaves out; below 0 it is the model's own."}
           .in(-std::numeric_limits<double>::infinity(), 0.99),
       Option{"encoder", &o.encoder, "FILE|FOLDER",
              "The layers in front of the output layer. A folder holds a pretrained text model "
              "(config.json, model.safetensors, tokenizer.json) such as BERT, MiniLM, RoBERTa or "
              "MPNet. A file is a TorchScript module that maps x [n, D], or tokens [n, T], to "
              "hidden rows [n, d]."},
       Option{"freeze-encoder", &m.module.freeze, "",
              "Does not train the weights of --encoder. The models that read rows of features "
              "never train them."},
       Option{"label-text", &o.label_text, "FILE",
              "Texts of labels, a line each: name<TAB>text, or a name alone. They place labels by "
              "their words, also labels that no training row has; without it the names are the "
              "texts."},
       choice("bias-init", o.bias_init, kBiasInits,
              "Initial output biases: the scores that fit the label frequencies, or 0."),
       Option{
           "popularity", &o.popularity, "B",
           "Predictions add B ln(1 + the label's number of training rows) to every score: B above "
           "0 if common labels will be more common than in training, below 0 if rare ones will "
           "be."}
           .in(-10.0, 10.0),
       choice(
           "output-layer", o.output_layer, kLayerScores,
           "How the output layer makes scores: chunked, block by block in little memory; logits, "
           "all [rows, labels] at once. Results agree.")}};
}

OptionGroup loss_group(TrainOptions& o) {
  ValueLossOptions& value = o.model_options.value;
  return {
      "loss",
      {Option{"loss", &o.loss, "NAME",
              "The loss, one of those listed below. auto is " + default_losses() + "."}
           .one_of(auto_or(loss_table())),
       Option{"zero-weight", &o.loss_parameters.zero_weight, "C",
              "mse: weight of the entries that are zero in the target."}
           .in(0.0, 1e6),
       Option{"gamma", &o.loss_parameters.gamma, "G",
              "focal: exponent gamma, by which the loss of easy entries fades."}
           .in(0.0, 20.0),
       Option{"gamma-positive", &o.loss_parameters.gamma_positive, "G",
              "asymmetric: exponent gamma for the target's entries."}
           .in(0.0, 20.0),
       Option{"gamma-negative", &o.loss_parameters.gamma_negative, "G",
              "asymmetric: exponent gamma for all other entries; 0 or at least 1."}
           .in(0.0, 20.0),
       Option{"margin", &o.loss_parameters.margin, "P",
              "asymmetric: entries outside the target cost nothing up to this probability."}
           .in(0.0, 0.5),
       Option{"positive-weight", positive_weight_field(o.labels.positive_weight), "W",
              "Weight of the target's entries in the loss: a number from 1e-6 to 1e6; propensity, "
              "which gives rare labels more; or FILE.npy, a number for each label."},
       Option{
           "propensity-a", &o.labels.propensity.a, "A",
           "Constant A of label propensities (estimated chance that a true label is recorded, Jain "
           "2016), for weights and PSP@k: 0.55 usually, 0.5 for Wikipedia, 0.6 for Amazon."}
           .in(0.0, 10.0),
       Option{"propensity-b", &o.labels.propensity.b, "B",
              "Constant B of label propensities: 1.5 usually, 0.4 for Wikipedia, 2.6 for Amazon."}
           .in(0.0, 1e6),
       Option{"sampled-labels", &o.labels.sampled_labels, "S",
              "sampled-softmax: number of labels drawn in each step."}
           .in(1.0, 1e7),
       Option{
           "sampling-power", &o.labels.sampling_power, "P",
           "sampled-softmax: the chance of a label is proportional to (its number of training rows "
           "+ 1)^P; 0 gives all the same chance."}
           .in(0.0, 2.0),
       Option{"value-loss", &value.name, "NAME",
              "two-headed: the loss of the values at the non-zeros, one of those listed below."}
           .one_of(names_in(value_loss_table())),
       Option{
           "value-weight", &value.weight, "W",
           "two-headed: weight of --value-loss relative to --loss; squared and huber are divided "
           "by the variance of the values first."}
           .in(0.0, 1e6),
       Option{"huber-delta", &value.huber_delta, "D",
              "--value-loss huber: the error above which the loss is linear in place of squared."}
           .in(1e-6, 1e6)}};
}

OptionGroup training_group(TrainOptions& o) {
  OptimizerOptions& optimizer = o.optimizer_options;
  OptionGroup training{
      "training",
      {Option{"warm-start", &o.warm_start, "RUN",
              "Begins with the weights, vocabulary and names of this run; labels that it lacks are "
              "added."},
       Option{"extend", &o.extend, "RUN",
              "Continues the training of this run in a new folder, on data with further labels or "
              "features, by its own options unless others are given."},
       Option{"optimizer", &o.optimizer, "NAME", "The optimizer, one of those listed below."}
           .one_of(names_in(optimizer_table())),
       Option{"lr", &o.lr, "X", "Learning rate; 0: the optimizer's, times 3 for mf."}.at_least(0.0),
       Option{
           "encoder-lr", &o.encoder_lr, "X",
           "Learning rate of the layers in front of the output layer; 0 is --lr, or with --extend "
           "a tenth of it if the data have no further features."}
           .at_least(0.0),
       Option{"schedule", &o.schedule, "NAME",
              "Curve of the learning rate over the run: cosine and linear fall to 0."}
           .one_of(names_in(schedule_table())),
       Option{"warmup", &o.warmup, "SHARE",
              "Share of all steps in which the learning rate rises from 0, before that curve."}
           .in(0.0, 1.0),
       Option{"momentum", &optimizer.momentum, "X", "sgd: share of the last step that is kept."}.in(
           0.0, 1.0),
       Option{"beta1", &optimizer.beta1, "X", "adam, adamw: decay of the mean gradient."}.in(
           0.0, kBelowOne),
       Option{"beta2", &optimizer.beta2, "X", "adam, adamw: decay of the mean squared gradient."}
           .in(0.0, kBelowOne),
       Option{"eps", &optimizer.eps, "X",
              "adam, adamw, adagrad: added to the denominator, as in torch.optim."}
           .in(1e-30, 1.0),
       Option{"weight-decay", &optimizer.weight_decay, "X",
              "Weight of the L2 penalty; adamw takes it off the weights, apart from the gradient."}
           .at_least(0.0),
       Option{
           "lazy", &optimizer.lazy, "",
           "Does not move rows of weights (of a label, of a feature) in steps in which they have "
           "no gradient; momentum, Adam and weight decay would move them."},
       Option{"clip", &o.clip, "NORM",
              "Largest norm of the gradient (with --output-layer chunked: of the hidden layers' "
              "gradient); 0 sets no limit."}
           .at_least(0.0),
       Option{"batch-size", &o.batch_size, "B", "Rows in a training step."}.in(1.0, 1e9),
       choice(
           "shuffle", o.shuffle, kShuffleUnits,
           "What each epoch shuffles: rows, or blocks of 16 neighbouring rows; auto takes blocks "
           "for a data folder."),
       Option{"patience", &o.patience, "E",
              "Stops after E epochs without a better validation metric; 0 trains all epochs."}
           .at_least(0.0)
           .changeable(),
       Option{"metrics", &o.metrics, "LIST",
              "Validation metrics (listed by spout evaluate --help); the first chooses. auto is "
              "P@1,P@3,P@5,nDCG@5, of users and items nDCG@20,Recall@20; their mean chooses, "
              "but the first of them chooses epochs."}
           .changeable(),
       Option{"seed", &o.seed, "S", "Seed of initial weights, order of rows, and dropout."}}};
  return training.add(length_options(o.length));
}

OptionGroup run_group(TrainOptions& o) {
  OptionGroup run{
      "run",
      {Option{"log-every", &o.log_every, "STEPS", "Number of steps between lines of log.jsonl."}
           .at_least(1.0)
           .changeable(),
       Option{"checkpoint-every", &o.checkpoint_every, "STEPS",
              "Number of steps between checkpoints within an epoch, beside the one at its end; 0: "
              "no such checkpoints."}
           .at_least(0.0)
           .changeable(),
       Option{"checkpoint-minutes", &o.checkpoint_minutes, "M",
              "Writes a checkpoint within an epoch when the last one is M minutes old; 0: no such "
              "checkpoints."}
           .at_least(0.0)
           .changeable(),
       Option{"config", &o.config, "FILE", "Options as JSON, e.g. another run's options.json."}
           .unsaved(),
       Option{
           "effort", &o.effort, "NAME",
           "How long candidates for what is left open, the model or settings of it, are tried on a "
           "part of the data before the training: fast not at all, normal about a minute, best up "
           "to twenty. Nothing is tried with a number of --epochs or with --max-minutes."}
           .one_of(names_in(kEfforts))
           .unsaved(),
       Option{"resume", &o.resume, "", "Continues the run in RUN from its checkpoint."}.unsaved(),
       Option{"accept-changes", &o.accept_changes, "",
              "Lets --resume continue although data or options have changed."}
           .unsaved(),
       Option{"force", &o.force, "", "Overwrites the run in RUN."}.unsaved()}};
  for (Option& option : device_options(o.device)) {
    option.may_change = option.name != "precision";  // output weights have that number type
    run.options.push_back(std::move(option));
  }
  return run;
}

}  // namespace

OptionList train_option_list(TrainOptions& o) {
  const OptionGroup text{"documents (labels<TAB>text, or JSON lines)", text_options(o.data.text)};
  return {data_group(o),
          text,
          model_group(o),
          svm_group(o.model_options.svm),
          prototype_group(o.model_options.prototypes),
          blend_group(o.model_options.blend),
          token_model_group(o.model_options, o.vectors),
          item_model_group(o.model_options),
          loss_group(o),
          training_group(o),
          run_group(o)};
}

ModelOptions unsettled_model_options() {
  ModelOptions options;
  options.hidden.clear();
  options.activation = "auto";
  options.input_dropout = -1.0;
  return options;
}

Loss loss_of(const TrainOptions& options) {
  return loss_named({options.loss, options.loss_parameters});
}

bool finds_length(const TrainOptions& options) {
  return options.length.epochs == kAutoEpochs && find_model(options.model).fit == nullptr;
}

bool learns_values(const TrainOptions& options, bool has_interactions) {
  if (has_interactions && options.data.ratings == Ratings::kBinary) return false;
  const Loss& loss = find_loss(options.loss);
  const bool chooses = loss.name == "softmax" || loss.samples;  // among labels, whatever the counts
  return find_model(options.model).has_value_head || (loss.domain != Domain::kUnit && !chooses);
}

ModelOptions model_options_of(const TrainOptions& options) {
  ModelOptions result = options.model_options;
  if (result.module.file.empty()) result.module.file = options.encoder;
  result.prototypes.map_epochs = options.length.epochs;
  result.bf16_output = find_model(options.model).has_hidden_layers &&
                       options.device.precision == Precision::kBf16 &&
                       options.output_layer == LayerScores::kBlocks;
  return result;
}

std::string features_by_default(const std::string& model) {
  return find_model(model).fits_hidden ? "both" : "encoder";
}

bool freezes_encoder(const TrainOptions& options) {
  return options.model_options.module.freeze || find_model(options.model).reads == Reads::kRows;
}

std::string train_tables_help() {
  std::string text;
  const auto add = [&](const char* title, const auto& table, const auto& help_of) {
    text += fmt::format("\n{}\n", title);
    for (const auto& info : table)
      text += fmt::format("  {:<18} {}\n", info.name, help_of(info));
  };
  const auto help_of = [](const auto& info) { return info.help; };
  add("models (--model)", model_table(), help_of);
  add("losses (--loss)", loss_table(), help_of);
  add("losses of values (--value-loss)", value_loss_table(), help_of);
  add("optimizers (--optimizer), and their learning rate", optimizer_table(),
      [](const OptimizerInfo& info) { return fmt::format("{}; {}", info.help, info.default_lr); });
  return text;
}

}  // namespace spout
