#include "spout/app/commands/earlier_run.h"

#include <cmath>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "spout/app/data/data_name.h"
#include "spout/app/data/text_encoder.h"
#include "spout/app/options/command_line.h"
#include "spout/app/run/check_options.h"
#include "spout/app/run/model_choice.h"
#include "spout/models/model_table.h"

namespace spout {
namespace {

constexpr double kEncoderShare = 0.1;

/// Whether slow_encoder() set the encoder's rate, and not the user.
bool has_slowed_encoder(const TrainOptions& options) {
  const double slowed = kEncoderShare * options.lr;
  return !options.extend.empty() && std::abs(options.encoder_lr - slowed) < 1e-9 * slowed;
}

/// Drops what bounded the run's own search for a length, unless this call gives it.
void drop_bounds_of_length(TrainOptions& options) {
  const LengthOptions left;
  if (!options.given.has("max-steps")) options.length.max_steps = left.max_steps;
  if (!options.given.has("max-minutes")) options.length.max_minutes = left.max_minutes;
  if (!options.given.has("keep-held-out")) options.length.keep_held_out = left.keep_held_out;
}

/// Takes over the encoder and the tokenizer of the run that a training begins with: its documents
/// are read by them, and so must later ones be.
void take_encoder_of(SavedModel& start, TrainOptions& options, bool again) {
  if (start.schema.encoder == nullptr) return;
  if (!again && options.extend.empty() && !options.encoder.empty()) {
    throw UserError("--encoder: the run of --warm-start has settled it");
  }
  RunFolder(start.path).use_copies(start.options);
  options.encoder = start.options.encoder;
  if (freezes_encoder(options) == freezes_encoder(start.options)) return;
  throw UserError(fmt::format(
      "--{}: that run {} its encoder, and this training would not; a TorchScript export of it is "
      "an --encoder FILE",
      options.extend.empty() ? "warm-start" : "extend",
      freezes_encoder(start.options) ? "left alone" : "trained"));
}

LeastWidths widths_of(const RunShape& shape, const DataSchema& schema) {
  return {shape.features, schema.has_interactions() ? shape.labels : 0};
}

}  // namespace

void make_paths_absolute(TrainOptions& options) {
  options.train = absolute_data_path(options.train);
  options.valid = absolute_data_path(options.valid);
  options.valid_input = absolute_data_path(options.valid_input);
  options.encoder = absolute_data_path(options.encoder);
  options.label_text = absolute_data_path(options.label_text);
  options.vectors = absolute_data_path(options.vectors);
  options.data.text.tokenizer = absolute_data_path(options.data.text.tokenizer);
  options.warm_start = absolute_data_path(options.warm_start);
  options.extend = absolute_data_path(options.extend);
  std::string& weights = options.labels.positive_weight.file;
  weights = absolute_data_path(weights);
}

void slow_encoder(TrainOptions& options, const RunShape& from, int64_t features) {
  const bool moves = find_model(options.model).has_hidden_layers && features == from.features &&
                     !options.model_options.module.freeze;
  if (options.extend.empty() || !moves || options.encoder_lr > 0.0) return;
  options.encoder_lr = kEncoderShare * options.lr;
}

void continue_options(TrainOptions& options, const OptionList& list,
                      const std::vector<std::string>& arguments, const RunFolder& folder) {
  options = folder.read_options();
  options.given = parse_command_line(list, 0, arguments).given;
  settle_model(options);
  if (!options.encoder.empty() && std::filesystem::exists(folder.encoder_path())) {
    options.model_options.module.file = folder.encoder_path();
  }
  TrainOptions begun = folder.read_options();
  if (folder.use_copies(begun)) folder.use_copies(options);
  if (options.data.normalize == "auto") options.data.normalize = begun.data.normalize;
  if (options.data.format == "auto") options.data.format = begun.data.format;
  if (options.lr == 0.0) options.lr = begun.lr;
  make_paths_absolute(options);
  if (folder.has_checkpoint() && options.vectors != begun.vectors) {
    throw UserError("--vectors: this run has begun, and its vectors have learned since");
  }
  check_resumed_options(begun, options);
}

void extend_options(TrainOptions& options, const OptionList& list,
                    const std::vector<std::string>& arguments) {
  if (options.given.has("warm-start")) {  // a --config may name both
    throw UserError("--extend and --warm-start exclude each other");
  }
  const std::string run = options.extend;
  options = RunFolder(run).read_options();
  RunFolder(run).use_copies(options);
  if (has_slowed_encoder(options)) options.encoder_lr = 0.0;  // slow_encoder() decides anew
  options.train.clear();                                      // the run's data are not meant
  options.valid.clear();
  options.valid_input.clear();
  options.output.clear();
  options.vectors.clear();  // its vectors have learned since
  options.given = parse_command_line(list, 0, arguments).given;
  if (options.length.epochs != kAutoEpochs) drop_bounds_of_length(options);
  options.warm_start = options.extend = run;
}

void check_other_folder(const TrainOptions& options) {
  std::error_code ignored;
  if (options.warm_start.empty() ||
      !std::filesystem::equivalent(options.warm_start, options.output, ignored)) {
    return;
  }
  throw UserError(fmt::format("--output {}: expected another folder than that of --{}",
                              options.output, options.extend.empty() ? "warm-start" : "extend"));
}

std::optional<SavedModel> warm_start_of(TrainOptions& options, bool again) {
  if (options.warm_start.empty()) return std::nullopt;
  const char* option = options.extend.empty() ? "warm-start" : "extend";
  if (find_model(options.model).fit != nullptr) {
    throw UserError(
        fmt::format("--{}: the model {} is fitted at once, to all rows; it does not "
                    "begin with other weights",
                    option, options.model));
  }
  if (options.given.has("vectors")) {
    throw UserError(fmt::format("--vectors: the run of --{} has vectors of its own", option));
  }
  options.vectors.clear();  // of the options of that run, by --config
  if (options.model_options.mf.user_vectors) {
    throw UserError(fmt::format(
        "--{}: a model with --user-vectors cannot begin with the vectors of other users", option));
  }
  SavedModel start = read_warm_start(options.warm_start);
  take_encoder_of(start, options, again);
  const TextFlags& settled = start.options.data.text;
  if (!again && options.extend.empty())
    refuse_text_flags(options.data.text, "the run of --warm-start has settled it", settled);
  options.data.text = settled;
  return start;
}

std::optional<TrainingStart> training_start(const TrainOptions& options, const RunFolder& folder,
                                            const std::optional<SavedModel>& begun) {
  if (begun) return TrainingStart{begun->schema, widths_of(begun->shape, begun->schema)};
  if (!options.resume || !folder.has_checkpoint()) return std::nullopt;
  TrainingStart start{read_schema(folder, options)};
  if (options.warm_start.empty()) return start;
  const bool has_model = std::filesystem::exists(folder.model_path());
  const RunFolder model(has_model ? folder.path() : options.warm_start);
  start.widths = widths_of(read_shape(model.model_path()), start.schema);
  return start;
}

}  // namespace spout
