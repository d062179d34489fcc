#include "app/training/train_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/say.h"
#include "app/training/model_choice.h"
#include "app/training/schedule.h"
#include "app/training/svm_options.h"
#include "losses/loss.h"
#include "models/activation.h"
#include "models/model_table.h"
#include "sparse/metrics/metric.h"

namespace spout {
namespace {

// The flags of an Option, by name.
constexpr bool kSaved = true;
constexpr bool kUnsaved = false;
constexpr bool kMayChange = true;

template <class Table>
void check_name(const char* option, const std::string& name, const Table& table) {
  choose(table, option, name);
}

/// Refuses a parameter that the loss does not read.
void check_loss_parameters(const TrainOptions& o) {
  const LossParameters& p = o.loss_parameters;
  const LossParameters defaults;
  const Loss& loss = find_loss(o.loss);
  const auto check = [&](const std::string& option, double value, double usual, double highest) {
    const auto& known = loss.parameter_names;
    if (value != usual && std::find(known.begin(), known.end(), option) == known.end()) {
      throw UserError(fmt::format("--{}: the loss {} does not use it", option, o.loss));
    }
    check_range(option.c_str(), value, 0.0, highest);
  };
  check("zero-weight", p.zero_weight, defaults.zero_weight, 1e6);
  check("gamma", p.gamma, defaults.gamma, 20.0);
  check("gamma-positive", p.gamma_positive, defaults.gamma_positive, 20.0);
  check("gamma-negative", p.gamma_negative, defaults.gamma_negative, 20.0);
  check("margin", p.margin, defaults.margin, 0.5);
  if (p.gamma_negative > 0.0 && p.gamma_negative < 1.0) {
    throw UserError(
        fmt::format("--gamma-negative: expected 0, or 1 and more, found {}", p.gamma_negative));
  }
}

void check_at_least(const char* option, double value, double low) {
  if (value >= low) return;
  throw UserError(fmt::format("--{}: expected {} or more, found {}", option, low, value));
}

void check_optimizer_options(const TrainOptions& o) {
  const OptimizerOptions& given = o.optimizer_options;
  const OptimizerOptions usual;
  const auto known = find_optimizer(o.optimizer).parameter_names;
  const auto check = [&](std::string_view option, double value, double usual_value, double low,
                         double high) {
    if (value != usual_value && std::find(known.begin(), known.end(), option) == known.end()) {
      throw UserError(fmt::format("--{}: the optimizer {} does not use it", option, o.optimizer));
    }
    check_range(std::string(option).c_str(), value, low, high);
  };
  constexpr double kBelowOne = 0.9999999;
  check("momentum", given.momentum, usual.momentum, 0.0, 1.0);
  check("beta1", given.beta1, usual.beta1, 0.0, kBelowOne);
  check("beta2", given.beta2, usual.beta2, 0.0, kBelowOne);
  check("eps", given.eps, usual.eps, 1e-30, 1.0);
}

void check_label_options(const TrainOptions& o) {
  const LabelOptions defaults;
  check_positive_weight(o.labels);
  check_range("propensity-a", o.labels.propensity.a, 0.0, 10.0);
  check_range("propensity-b", o.labels.propensity.b, 0.0, 1e6);
  check_range("sampled-labels", static_cast<double>(o.labels.sampled_labels), 1.0, 1e7);
  check_range("sampling-power", o.labels.sampling_power, 0.0, 2.0);
  if (find_loss(o.loss).samples) {
    if (find_model(o.model).has_hidden_layers) return;
    throw UserError(fmt::format(
        "--loss {}: the model {} scores all labels whatever is drawn; use --loss softmax", o.loss,
        o.model));
  }
  for (const auto& [option, is_default] :
       {std::pair{"sampled-labels", o.labels.sampled_labels == defaults.sampled_labels},
        {"sampling-power", o.labels.sampling_power == defaults.sampling_power}}) {
    if (!is_default) {
      throw UserError(fmt::format("--{}: the loss {} does not use it", option, o.loss));
    }
  }
}

void check_value_options(const TrainOptions& o) {
  const ValueLossOptions& value = o.model_options.value;
  const ValueLossOptions defaults;
  check_name("value-loss", value.name, value_loss_table());
  check_range("value-weight", value.weight, 0.0, 1e6);
  check_range("huber-delta", value.huber_delta, 1e-6, 1e6);
  const auto check = [](const char* option, bool is_used, const std::string& by) {
    if (!is_used) throw UserError(fmt::format("--{}: {} does not use it", option, by));
  };
  const bool has_head = find_model(o.model).has_value_head;
  const std::string model = "the model " + o.model;
  check("value-loss", has_head || value.name == defaults.name, model);
  check("value-weight", has_head || value.weight == defaults.weight, model);
  check("huber-delta",
        value.huber_delta == defaults.huber_delta || (has_head && value.name == "huber"),
        has_head ? "the value loss " + value.name : model);
}

/// "bce, of mf softmax, ...": the loss of most models, and those of the others.
std::string default_losses() {
  const std::string_view usual = ModelInfo{}.default_loss;
  std::string text(usual);
  for (const ModelInfo& info : model_table()) {
    if (info.default_loss != usual) text += fmt::format(", of {} {}", info.name, info.default_loss);
  }
  return text;
}

OptionGroup model_group(TrainOptions& o) {
  return {
      "model",
      {{"model", &o.model, "NAME",
        choices(model_table()) + "; auto: svm for many sparse features, or mlp where an option "
                                 "asks for what only it has"},
       {"hidden", &o.model_options.hidden, "WIDTHS",
        "hidden layers, e.g. 512,256; empty: what suits the model"},
       {"activation", &o.model_options.activation, "NAME", "auto|" + choices(activation_table())},
       {"width", &o.model_options.width, "D", "of token vectors, and of a transformer"},
       {"windows", &o.model_options.windows, "SIZES", "of cnn: tokens seen at once"},
       {"filters", &o.model_options.filters, "N", "of cnn: convolutions of each window"},
       {"layers", &o.model_options.layers, "N", "of transformer"},
       {"heads", &o.model_options.heads, "N", "of transformer: of its attention"},
       {"encoder", &o.encoder, "FILE",
        "a TorchScript module of your own: x [n, D], or tokens [n, T], -> hidden rows [n, d]"},
       {"freeze-encoder", &o.model_options.freeze_encoder, "", "leave its weights as they are"},
       {"dropout", &o.model_options.dropout, "P", "of hidden values"},
       {"input-dropout", &o.model_options.input_dropout, "P",
        "of features (of users, their items); below 0: what suits the model"},
       {"latent", &o.model_options.latent, "N", "of multvae: numbers in a code"},
       {"kl-weight", &o.model_options.kl_weight, "W",
        "of multvae: of the code's divergence from a normal"},
       {"kl-steps", &o.model_options.kl_steps, "STEPS",
        "of multvae: in which that weight grows from 0"},
       {"temperature", &o.model_options.temperature, "T", "of mf: scores are cosines over it"},
       {"ridge", &o.model_options.ridge, "R", "of ease: pull of all weights to zero"},
       {"user-vectors", &o.model_options.user_vectors, "",
        "of mf: a vector for each training user beside those of the items"},
       {"bias-init", &o.bias_init, "HOW", "frequency|zero: where the output biases start"},
       {"popularity", &o.popularity, "B",
        "predictions add B ln(1 + training rows of the label) to its score: above 0 for where "
        "common "
        "ones will be more so, below 0 for rare ones"},
       {"output-layer", &o.output_layer, "HOW",
        "chunked|logits: in blocks of labels, or with all scores at once"}}};
}

OptionGroup loss_group(TrainOptions& o) {
  return {
      "loss",
      {{"loss", &o.loss, "NAME", choices(loss_table()) + "; auto: " + default_losses()},
       {"zero-weight", &o.loss_parameters.zero_weight, "C",
        "of mse: weight of entries absent from the target"},
       {"gamma", &o.loss_parameters.gamma, "G", "of focal: how fast easy entries fade"},
       {"gamma-positive", &o.loss_parameters.gamma_positive, "G", "of asymmetric: for targets"},
       {"gamma-negative", &o.loss_parameters.gamma_negative, "G", "of asymmetric: for the others"},
       {"margin", &o.loss_parameters.margin, "P",
        "of asymmetric: the others cost nothing up to this probability"},
       {"positive-weight", &o.labels.positive_weight, "W",
        "how often a target's entry counts: a number, propensity, or FILE.npy, one a label"},
       {"propensity-a", &o.labels.propensity.a, "A",
        "of propensities, for weights and PSP: 0.5 for Wikipedia, 0.6 for Amazon"},
       {"propensity-b", &o.labels.propensity.b, "B", "the same: 0.4, 2.6"},
       {"sampled-labels", &o.labels.sampled_labels, "S", "of sampled-softmax: draws a step"},
       {"sampling-power", &o.labels.sampling_power, "P",
        "of sampled-softmax: a label is drawn as (frequency + 1) to this power; 0: alike"},
       {"value-loss", &o.model_options.value.name, "NAME",
        "of two-headed, at the non-zeros: " + choices(value_loss_table())},
       {"value-weight", &o.model_options.value.weight, "W",
        "of two-headed: weight of that beside --loss; squared and huber per variance of the "
        "values"},
       {"huber-delta", &o.model_options.value.huber_delta, "D",
        "of huber: from which error on it grows linearly"}}};
}

OptionGroup data_group(TrainOptions& o) {
  OptionGroup data{
      "data",
      {{"train", &o.train, "DATA",
        "examples to learn from: a file, -, X.npz,Y.npz or a data folder"},
       {"output", &o.output, "RUN", "folder for the run; made here", kSaved, kMayChange},
       {"valid", &o.valid, "DATA", "examples to choose the best model by", kSaved, kMayChange},
       {"valid-share", &o.valid_share, "SHARE",
        "or a share of the training rows; of users and items, of each user's items"},
       {"valid-input", &o.valid_input, "DATA",
        "of users and items: what is known of the users of --valid; default --train", kSaved,
        kMayChange}}};
  for (Option& option : data_options(o.data))
    data.options.push_back(std::move(option));
  return data;
}

OptionGroup training_group(TrainOptions& o) {
  return {
      "training",
      {{"warm-start", &o.warm_start, "RUN",
        "begin with the weights of this run, by its words and names; new labels are added"},
       {"extend", &o.extend, "RUN",
        "train this run on, with its options where no others are given, on data with more labels "
        "or features behind those it has"},
       {"optimizer", &o.optimizer, "NAME", choices(optimizer_table())},
       {"lr", &o.lr, "X", "learning rate; 0: the optimizer's usual one"},
       {"encoder-lr", &o.encoder_lr, "X",
        "the same for what is in front of the output layer; 0: as --lr, of --extend with the same "
        "features a tenth of it"},
       {"schedule", &o.schedule, "NAME", choices(schedule_table())},
       {"warmup", &o.warmup, "SHARE", "of all steps, in which the rate rises from 0"},
       {"momentum", &o.optimizer_options.momentum, "X", "of sgd"},
       {"beta1", &o.optimizer_options.beta1, "X", "of adam and adamw"},
       {"beta2", &o.optimizer_options.beta2, "X", "of adam and adamw"},
       {"eps", &o.optimizer_options.eps, "X", "of adam, adamw and adagrad"},
       {"weight-decay", &o.optimizer_options.weight_decay, "X", "pull of all weights to zero"},
       {"lazy", &o.optimizer_options.lazy, "",
        "matrix rows without a gradient (labels, features) rest in that step"},
       {"clip", &o.clip, "NORM",
        "largest norm of the gradient (chunked: of the hidden layers'); 0: no limit"},
       {"epochs", &o.epochs, "E", "passes over the training rows", kSaved, kMayChange},
       {"batch-size", &o.batch_size, "B", "rows per step"},
       {"shuffle", &o.shuffle, "HOW",
        "rows|blocks: mixes all rows, or those of some blocks of neighbours at a time; auto: "
        "blocks of a data folder"},
       {"patience", &o.patience, "E", "epochs without a better metric before stopping; 0: all",
        kSaved, kMayChange},
       {"metrics", &o.metrics, "LIST",
        "measured on the validation rows; the first one chooses; auto: P@1,P@3,P@5,nDCG@5, of "
        "users and items nDCG@20,Recall@20",
        kSaved, kMayChange},
       {"seed", &o.seed, "S", "of weights, order and dropout"}}};
}

OptionGroup run_group(TrainOptions& o) {
  OptionGroup run{
      "run",
      {{"log-every", &o.log_every, "STEPS", "between lines of log.jsonl", kSaved, kMayChange},
       {"checkpoint-every", &o.checkpoint_every, "STEPS", "0: at the end of epochs", kSaved,
        kMayChange},
       {"checkpoint-minutes", &o.checkpoint_minutes, "M",
        "also between them, when the last one is so old; 0: not", kSaved, kMayChange},
       {"config", &o.config, "FILE", "options as JSON, e.g. another run's options.json", kUnsaved},
       {"resume", &o.resume, "", "go on where the run in RUN stopped", kUnsaved},
       {"accept-changes", &o.accept_changes, "",
        "of --resume: go on though data or options have changed", kUnsaved},
       {"force", &o.force, "", "overwrite a run that is in RUN", kUnsaved}}};
  for (Option& option : device_options(o.device)) {
    option.may_change = option.name != "precision";  // that of the output weights
    run.options.push_back(std::move(option));
  }
  return run;
}

}  // namespace

OptionList train_option_list(TrainOptions& o) {
  const OptionGroup text{"text (labels<TAB>text, or JSON lines)", text_options(o.data.text)};
  return {data_group(o),     text,        model_group(o), svm_group(o.model_options), loss_group(o),
          training_group(o), run_group(o)};
}

ModelOptions unsettled_model_options() {
  ModelOptions options;
  options.hidden.clear();
  options.activation = "auto";
  options.input_dropout = -1.0;
  return options;
}

Loss loss_of(const TrainOptions& options) {
  Loss loss = find_loss(options.loss);
  loss.parameters = options.loss_parameters;
  return loss;
}

ModelOptions model_options_of(const TrainOptions& options) {
  ModelOptions result = options.model_options;
  const bool has_hidden = find_model(options.model).has_hidden_layers;
  if (result.encoder.empty()) result.encoder = options.encoder;
  result.bf16_output =
      has_hidden && options.device.precision == "bf16" && options.output_layer == "chunked";
  return result;
}

std::string train_tables_help() {
  std::string text;
  const auto add = [&](const char* title, const auto& table, const auto& help_of) {
    text += fmt::format("\n{}\n", title);
    for (const auto& info : table)
      text += fmt::format("  {:<18} {}\n", info.name, help_of(info));
  };
  const auto help_of = [](const auto& info) { return info.help; };
  add("models", model_table(), help_of);
  add("losses", loss_table(), help_of);
  add("losses of values", value_loss_table(), help_of);
  add("optimizers, and their --lr", optimizer_table(),
      [](const OptimizerInfo& info) { return fmt::format("{}; {}", info.help, info.default_lr); });
  return text;
}

void check_train_options(const TrainOptions& o) {
  if (o.train.empty()) throw UserError("--train DATA is needed; see spout train --help");
  if (o.output.empty()) throw UserError("--output RUN is needed; see spout train --help");
  if (find_model(o.model).has_hidden_layers) {
    check_name("activation", o.model_options.activation, activation_table());
  }
  check_name("loss", o.loss, loss_table());
  check_loss_parameters(o);
  check_label_options(o);
  check_value_options(o);
  check_name("optimizer", o.optimizer, optimizer_table());
  check_optimizer_options(o);
  check_name("schedule", o.schedule, schedule_table());
  check_word("bias-init", o.bias_init, {"frequency", "zero"});
  check_word("shuffle", o.shuffle, {"auto", "rows", "blocks"});
  check_word("output-layer", o.output_layer, {"chunked", "logits"});
  check_text_flags(o.data.text);
  check_range("valid-share", o.valid_share, 0.0, 0.9);
  check_range("dropout", o.model_options.dropout, 0.0, 0.99);
  check_range("latent", static_cast<double>(o.model_options.latent), 1.0, 1e6);
  check_range("kl-weight", o.model_options.kl_weight, 0.0, 1e6);
  check_at_least("kl-steps", static_cast<double>(o.model_options.kl_steps), 0.0);
  check_range("ridge", o.model_options.ridge, 1e-6, 1e12);
  check_svm_options(o.model_options);
  check_range("temperature", o.model_options.temperature, 1e-3, 1e3);
  check_range("input-dropout", o.model_options.input_dropout, 0.0, 0.99);
  check_range("popularity", o.popularity, -10.0, 10.0);
  check_range("warmup", o.warmup, 0.0, 1.0);
  check_at_least("lr", o.lr, 0.0);
  check_at_least("encoder-lr", o.encoder_lr, 0.0);
  check_at_least("weight-decay", o.optimizer_options.weight_decay, 0.0);
  check_at_least("clip", o.clip, 0.0);
  check_range("epochs", static_cast<double>(o.epochs), 1.0, 1e6);
  check_range("batch-size", static_cast<double>(o.batch_size), 1.0, 1e9);
  check_at_least("patience", static_cast<double>(o.patience), 0.0);
  check_at_least("log-every", static_cast<double>(o.log_every), 1.0);
  check_at_least("checkpoint-every", static_cast<double>(o.checkpoint_every), 0.0);
  check_at_least("checkpoint-minutes", o.checkpoint_minutes, 0.0);
  if (!o.valid_input.empty() && o.valid.empty())
    throw UserError("--valid-input needs --valid DATA");
  if (!o.valid.empty() && o.valid_share > 0.0) {
    throw UserError("--valid and --valid-share exclude each other");
  }
  if (o.patience > 0 && o.valid.empty() && o.valid_share == 0.0) {
    throw UserError("--patience needs --valid DATA or --valid-share SHARE");
  }
  check_model_options(o);
  if (o.metrics != "auto") parse_metrics(o.metrics);
}

void check_resumed_options(TrainOptions& begun, TrainOptions& now) {
  const OptionList before = train_option_list(begun);
  for (const OptionGroup& group : train_option_list(now)) {
    for (const Option& option : group.options) {
      const std::string was = option_text(*find_option(before, option.name));
      if (option.may_change || !option.saved || option_text(option) == was) continue;
      const std::string change =
          fmt::format("--{}: this run was begun with '{}'", option.name, was);
      if (!now.accept_changes) {
        throw UserError(
            fmt::format("{}; --accept-changes goes on with '{}'", change, option_text(option)));
      }
      say("{} and goes on with '{}'\n", change, option_text(option));
    }
  }
}

}  // namespace spout
