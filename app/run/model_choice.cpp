#include "spout/app/run/model_choice.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "spout/app/data/text_encoder.h"
#include "spout/losses/optimizers/optimizer.h"
#include "spout/models/model_table.h"

namespace spout {
namespace {

/// The options that only training in steps reads.
constexpr std::array kStepOptions{"loss",           "zero-weight",  "positive-weight",
                                  "bias-init",      "output-layer", "dropout",
                                  "input-dropout",  "optimizer",    "lr",
                                  "schedule",       "warmup",       "momentum",
                                  "beta1",          "beta2",        "eps",
                                  "weight-decay",   "lazy",         "clip",
                                  "epochs",         "patience",     "sampled-labels",
                                  "sampling-power", "shuffle",      "max-steps",
                                  "keep-held-out"};

/// Defaults of earlier versions, whose runs name them whatever their model.
struct EarlierDefault {
  const char* option;
  const char* value;
};

constexpr std::array<EarlierDefault, 4> kEarlierDefaults{{
    {"ridge", "500"},
    {"neighbours", "100"},
    {"item-weights", "tfidf"},
    {"trees", "0,9"},
}};

/// Tells whether an option was asked for. It counts as asked for if its value differs from the
/// model's default.
class AskedFor {
 public:
  explicit AskedFor(const TrainOptions& options) : options_(options) {
    usual_.model = options_.model;
    settle_model(usual_);
    // A run's options.json names the default rate.
    if (options_.lr == usual_lr(usual_)) options_.lr = 0.0;
    for (const auto& [option, value] : kEarlierDefaults) {
      const Option& now = *find_option(given_, option);
      if (options.given.has(option) || option_text(now) != value) continue;
      set_option(now, option_text(*find_option(defaults_, option)));
    }
  }

  AskedFor(const AskedFor&) = delete;  // the lists point into the options
  AskedFor& operator=(const AskedFor&) = delete;

  bool operator()(std::string_view name) const { return differs(given_, defaults_, name); }

 private:
  TrainOptions options_;
  TrainOptions usual_;
  OptionList given_ = train_option_list(options_);
  OptionList defaults_ = train_option_list(usual_);
};

/// Refuses options that other models read and this one does not.
void check_unused(const TrainOptions& o) {
  const AskedFor is_asked_for(o);
  const ModelInfo& own = find_model(o.model);
  for (const ModelInfo& info : model_table()) {
    for (const std::string_view name : info.options) {
      const bool is_own = reads_option(own, name);
      // Any model of rows can read those of a pretrained encoder.
      const bool reads_rows = (name == "encoder" || name == "freeze-encoder") &&
                              find_model(o.model).reads == Reads::kRows &&
                              is_encoder_folder(model_options_of(o).module.file);
      if (is_own || reads_rows || !is_asked_for(name)) continue;
      if (name == "vectors") {
        throw UserError(
            fmt::format("--vectors: the model {} does not use it; models of tokens do", o.model));
      }
      throw UserError(fmt::format("--{}: the model {} does not use it", name, o.model));
    }
  }
}

/// Refuses options of a random walk where other weights tell how similar items are.
void check_unused_without_walk(const TrainOptions& o) {
  if (o.model_options.item_knn.weights == ItemWeights::kWalk) return;
  const AskedFor is_asked_for(o);
  for (const char* name : {"walk-alpha", "walk-beta"}) {
    if (!is_asked_for(name)) continue;
    throw UserError(fmt::format("--{}: is for --item-weights walk", name));
  }
}

/// Refuses options of hidden layers for a model that has none.
void check_unused_without_hidden_layers(const TrainOptions& o) {
  const auto check = [&](const char* option, bool is_default) {
    if (is_default) return;
    throw UserError(fmt::format("--{}: the model {} has no hidden layers", option, o.model));
  };
  check("clip", o.clip == 0.0 || o.output_layer == LayerScores::kWhole);
  check("encoder-lr", o.encoder_lr == 0.0);
  // The precision of a frozen encoder is another matter.
  if (o.device.precision != Precision::kFp32 &&
      !is_encoder_folder(model_options_of(o).module.file)) {
    throw UserError(fmt::format("--precision: the model {} computes in fp32", o.model));
  }
}

/// Refuses options of training in steps for a model that is fitted in one pass.
void check_unused_without_steps(const TrainOptions& o) {
  const AskedFor is_asked_for(o);
  const bool has_epochs = find_model(o.model).fits_in_epochs;
  for (const std::string_view name : kStepOptions) {
    if (!is_asked_for(name) || (has_epochs && name == "epochs")) continue;
    throw UserError(fmt::format("--{} has no effect: {} is fitted in one pass", name, o.model));
  }
}

/// Refuses options of the words' SVM where the model sees no words.
void check_unused_without_words(const TrainOptions& o) {
  const AskedFor is_asked_for(o);
  const auto svm = find_model("svm").options;
  std::vector<std::string_view> names(svm.begin(), svm.end());
  if (o.model_options.prototypes.word_weight > 0.0) names.emplace_back("word-weight");
  for (const std::string_view name : names) {
    if (!is_asked_for(name)) continue;
    throw UserError(fmt::format(
        "--{}: is for words, but the model {} sees the encoder's rows alone here", name, o.model));
  }
}

void check_encoder(const TrainOptions& o) {
  if (o.encoder.empty()) throw UserError("--model encoder needs --encoder FILE or FOLDER");
  if (o.model_options.module.freeze && o.encoder_lr != 0.0) {
    throw UserError("--encoder-lr and --freeze-encoder exclude each other");
  }
}

/// The first option that was asked for and that the model does not read, "--hidden"; empty: it
/// reads all.
std::string unread_option(TrainOptions options, const char* model) {
  options.model = model;
  settle_model(options);
  try {
    check_model_options(options);
  } catch (const UserError& error) {
    const std::string text = error.what();
    return text.substr(0, text.find_first_of(": "));
  }
  return "";
}

bool goes_with(const TrainOptions& options, const char* model) {
  return unread_option(options, model).empty();
}

/// mlp, or the first other model that reads the options given where mlp does not.
std::string reader_of(const TrainOptions& options) {
  for (const char* model :
       {"mlp", "ease", "item-knn", "slim", "mf", "multvae", "blend", "item-blend"}) {
    if (goes_with(options, model)) return model;
  }
  return "mlp";
}

/// Whether a list of metrics, which may hold words that are none, names the loss.
bool names_loss(const std::string& metrics) {
  return ("," + metrics + ",").find(",loss,") != std::string::npos;
}

/// The first option of training in steps that was given, or does not have its default value, or
/// --metrics if these name the loss of one; null: there is none.
const char* step_option(TrainOptions options) {
  TrainOptions left;
  const OptionList given = train_option_list(options);
  const OptionList defaults = train_option_list(left);
  for (const char* name : kStepOptions) {
    const bool is_auto = name == std::string_view("epochs") && options.length.epochs == kAutoEpochs;
    if (differs(given, defaults, name) || (options.given.has(name) && !is_auto)) return name;
  }
  return names_loss(options.metrics) ? "metrics" : nullptr;
}

/// Replaces the model `auto`: with --encoder by prototypes if that is a folder and no option asks
/// for training in steps, or else by encoder; with --vectors by cnn; without them by svm if it
/// reads all options given, else by mlp. The choice stays open if both svm and mlp read them.
void choose_model(TrainOptions& options) {
  if (!options.encoder.empty()) {
    const bool fits = is_encoder_folder(options.encoder) && options.warm_start.empty() &&
                      goes_with(options, "prototypes");
    options.model = fits ? "prototypes" : "encoder";
    options.model_reason = "because of --encoder";
    return;
  }
  if (!options.vectors.empty()) {
    options.model = "cnn";
    options.model_reason = "because of --vectors";
    return;
  }
  const char* for_steps = step_option(options);
  const std::string option =
      for_steps == nullptr ? unread_option(options, "svm") : fmt::format("--{}", for_steps);
  const bool svm = options.warm_start.empty() && option.empty();
  options.model_is_open = svm && goes_with(options, "mlp");
  options.model = svm ? "svm" : reader_of(options);
  options.model_reason = svm ? "since features are sparse" : "because of " + option;
  if (!options.warm_start.empty()) options.model_reason = "since svm does not begin with a run";
}

}  // namespace

double usual_lr(const TrainOptions& options) {
  return find_optimizer(options.optimizer).default_lr *
         find_model(options.model).defaults.lr_factor;
}

void settle_model(TrainOptions& options) {
  if (options.model == "auto") choose_model(options);
  const ModelInfo& info = choose(model_table(), "model", options.model);
  ModelOptions& model = options.model_options;
  if (options.loss == "auto") options.loss = info.default_loss;
  if (model.hidden.empty() && info.defaults.hidden > 0) model.hidden = {info.defaults.hidden};
  if (model.activation == "auto" && info.has_hidden_layers) {
    model.activation = info.defaults.activation;
  }
  if (model.input_dropout < 0.0) model.input_dropout = info.defaults.input_dropout;
  if (options.data.normalize == "auto") options.data.normalize = info.defaults.normalize;
  const TrainOptions left;
  if (info.fit != nullptr) {  // one pass without an optimizer
    if (options.optimizer == left.optimizer && !options.given.has("optimizer"))
      options.optimizer = "sgd";
    if (options.length.epochs == kAutoEpochs) options.length.epochs = 1;
  }
}

void settle_model_by_data(TrainOptions& options, const Features& x, bool has_interactions) {
  constexpr double kSparse = 0.05;  // the largest share of features in a row of sparse data
  const auto width = static_cast<double>(x.cols());
  const bool suits_svm =
      !has_interactions && x.is_sparse() && !x.in_file &&
      static_cast<double>(x.sparse.nnz()) <= kSparse * width * static_cast<double>(x.rows());
  if (!options.model_is_open || suits_svm) return;
  const TrainOptions left;
  options.model_is_open = false;
  options.model = "mlp";
  options.model_reason = has_interactions ? "for users and items"
                         : x.is_sparse()
                             ? "since many features of a row are not zero, or stay in a file"
                             : "since features are dense";
  options.loss = left.loss;
  options.optimizer = left.optimizer;
  options.length.epochs = left.length.epochs;
  settle_model(options);
}

bool asks_for_steps(const TrainOptions& options) {
  return step_option(options) != nullptr;
}

void check_features(const TrainOptions& options, const Features& x) {
  const ModelInfo& model = find_model(options.model);
  try {
    check_reads(model, {x.cols(), 0, x.kind(), x.hidden_cols(), {}});
  } catch (const c10::ValueError& error) {
    std::string advice = "text has them (--text-input tokens)";
    if (x.is_tokens()) {
      advice = fmt::format("use --text-input tfidf, or a model of tokens: {}", models_of_tokens());
    }
    if (model.fits_hidden && !x.is_tokens()) advice = "text has them with --encoder FOLDER";
    throw UserError(fmt::format("{}; {}", error.what_without_backtrace(), advice));
  }
  const bool has_words = x.is_sparse() && x.cols() > x.hidden_cols();
  if (model.fits_hidden && !has_words) check_unused_without_words(options);
}

void check_model_options(const TrainOptions& options) {
  const ModelInfo& info = find_model(options.model);
  check_unused(options);
  check_unused_without_walk(options);
  if (info.defaults.hidden > 0 && options.model_options.hidden.empty()) {
    throw UserError(fmt::format(
        "--hidden: the model {} needs at least one hidden layer; --model linear has none",
        options.model));
  }
  if (options.model == "encoder") check_encoder(options);
  if (info.fit != nullptr) check_unused_without_steps(options);
  if (!info.has_hidden_layers) check_unused_without_hidden_layers(options);
}

}  // namespace spout
