// spout train: trains a model on data, and leaves a run folder.
#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <optional>
#include <utility>

#include "spout/app/commands/command.h"
#include "spout/app/data/text_encoder.h"
#include "spout/app/options/command_line.h"
#include "spout/app/process/device.h"
#include "spout/app/process/interrupt.h"
#include "spout/app/process/say.h"
#include "spout/app/race/race.h"
#include "spout/app/run/check_options.h"
#include "spout/app/run/model_choice.h"
#include "spout/app/run/run_lock.h"
#include "spout/app/training/make_training.h"
#include "spout/app/training/train_data.h"
#include "spout/app/training/warm_start.h"
#include "spout/losses/chunked/score_blocks.h"
#include "spout/losses/loss_table.h"
#include "spout/losses/optimizers/optimizer.h"
#include "spout/losses/value_loss.h"
#include "spout/models/model_table.h"
#include "spout/sparse/batch/fingerprint.h"

namespace spout {
namespace {

constexpr CommandHelp kHelp{
    "spout train --train DATA --output RUN [options]",
    "Trains a model on sparse targets. What the options leave open, the model above all, is tried\n"
    "on a part of the data first (--effort). The folder RUN then holds options.json (all "
    "options),\n"
    "log.jsonl (losses and metrics), checkpoint.pt and model.pt, the trained model. A run that "
    "was\n"
    "stopped continues with --resume.",
    "  spout train --train train.txt.gz --output run\n"
    "  spout train --train X.npz,Y.npz --output run --model mlp --hidden 512 --loss bce\n"
    "  spout train --train train.txt --valid-share 0.1 --patience 2 --epochs 30 "
    "--output run"};

/// Makes paths absolute, so that the run can be resumed from any working directory.
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

/// Replaces defaults by their values for options.json: the learning rate, and absolute paths.
void resolve(TrainOptions& options) {
  if (options.lr == 0.0) options.lr = find_optimizer(options.optimizer).default_lr;
  make_paths_absolute(options);
}

constexpr double kEncoderShare = 0.1;

/// Slows the encoder of an extended run to a tenth of the rate, unless it has new features to learn
/// or a rate of its own. What it has learned holds for new labels too, and at the full rate it
/// would forget it: on bibtex with a tenth of its labels new, P@1 of the others falls by 0.2 points
/// in place of 2.0.
void slow_encoder(TrainOptions& options, const RunShape& from, int64_t features) {
  const bool moves = find_model(options.model).has_hidden_layers && features == from.features &&
                     !options.model_options.module.freeze;
  if (options.extend.empty() || !moves || options.encoder_lr > 0.0) return;
  options.encoder_lr = kEncoderShare * options.lr;
}

/// Whether slow_encoder() set the encoder's rate, and not the user.
bool has_slowed_encoder(const TrainOptions& options) {
  const double slowed = kEncoderShare * options.lr;
  return !options.extend.empty() && std::abs(options.encoder_lr - slowed) < 1e-9 * slowed;
}

void check_targets(const TrainOptions& options, const TrainingSets& data) {
  const bool two_heads = find_model(options.model).has_value_head;
  const auto check = [&](const std::string& path, const Dataset& set) {
    try {
      // With two heads the loss sees zeros and ones only, and the value loss the values.
      if (two_heads) check_domain(find_value_loss(options.model_options.value.name), set.y.values);
      if (!two_heads) check_domain(find_loss(options.loss), set.y.values);
    } catch (const c10::ValueError& error) {
      const bool wants_values = !two_heads && find_loss(options.loss).domain == Domain::kUnit;
      throw UserError(
          fmt::format("{}: {}{}", path, error.what_without_backtrace(),
                      wants_values ? "; for values use --loss mse or --model two-headed" : ""));
    }
  };
  check(options.train, data.train);
  if (data.valid) check(options.valid, *data.valid);
}

/// Sets `options`, which `list` describes, to those that the run was begun with, changed by the
/// arguments of this call.
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

/// Sets `options` to those of the run that --extend names, changed by the arguments of this call.
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
  options.warm_start = options.extend = run;
}

/// Throws UserError if a run would overwrite the one that it begins with.
void check_other_folder(const TrainOptions& options) {
  std::error_code ignored;
  if (options.warm_start.empty() ||
      !std::filesystem::equivalent(options.warm_start, options.output, ignored)) {
    return;
  }
  throw UserError(fmt::format("--output {}: expected another folder than that of --{}",
                              options.output, options.extend.empty() ? "warm-start" : "extend"));
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

/// Opens the run that --warm-start or --extend names, and takes over its text options; nullopt if
/// neither is given.
///   again  this training was begun before, and has those text options already
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

LeastWidths widths_of(const RunShape& shape, const DataSchema& schema) {
  return {shape.features, schema.has_interactions() ? shape.labels : 0};
}

/// The names and widths that are given from the outset: those of the run that the training begins
/// with, or those of its own checkpoint.
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

void check_vectors_path(const TrainOptions& options) {
  const std::string& path = options.vectors;
  // Those of a run that this one begins with, by --config, are not read.
  if (path.empty() || path == "-" || !options.warm_start.empty()) return;
  if (std::filesystem::is_directory(path)) {
    throw UserError(fmt::format(
        "--vectors {}: expected a file, found a folder; a model's folder is an --encoder, and its "
        "model.safetensors may be a file of vectors",
        path));
  }
  if (std::filesystem::exists(path)) return;
  throw UserError(fmt::format("--vectors {}: expected a file, found nothing of that name", path));
}

/// Reports the memory that the training will take; throws UserError if there is not as much.
void plan_memory(const TrainOptions& options, const TrainingSets& data, c10::Device device) {
  const TrainingData sizes = sizes_of(data);
  const MemoryNeed need = memory_need(options, sizes, device);
  say("memory: {}\n", memory_text(need));
  check_memory(need, options, sizes.size.shape);
}

/// Says which model `auto` has become, and why.
void say_model(const TrainOptions& options) {
  if (!options.model_reason.empty()) say("model: {}, {}\n", options.model, options.model_reason);
  if (options.length.max_minutes == 0.0) return;
  const ModelInfo& model = find_model(options.model);
  if (model.fit == nullptr && !model.is_blend()) return;
  say("--max-minutes: {} is fitted in one pass, however long that takes\n",
      model.is_blend() ? fmt::format("{}, a part of it,", model.parts.fitted) : options.model);
}

/// Says that a pretrained model is to be trained though nobody asked for that by name.
void say_trained_encoder(const TrainOptions& options) {
  const bool is_chosen = !options.given.has("model") && options.model == "encoder";
  if (!is_chosen || freezes_encoder(options) || !is_encoder_folder(options.encoder)) return;
  say("model: encoder, which trains the pretrained model as well, since an option asks for "
      "training "
      "in steps; --freeze-encoder leaves it as it is\n");
}

void say_precision(const TrainOptions& options, c10::Device device) {
  if (options.device.precision != Precision::kBf16 || multiplies_bf16(device)) return;
  say("precision: this processor does not multiply bf16, so products are in fp32; output "
      "weights are kept in bf16\n");
}

/// What the trainer takes; it alone keeps the vectors of tokens.
TrainData trainer_data(TrainingSets& sets) {
  TrainData data;
  data.train = &sets.train;
  data.rows = sets.rows;
  data.valid = sets.validation();
  data.valid_rows = sets.valid_rows;
  data.whole = sets.whole ? &*sets.whole : nullptr;
  data.token_vectors = std::exchange(sets.token_vectors, {});
  data.label_texts = sets.label_texts;
  data.fingerprint = fmt::format("{:08x}", fingerprint(sets.train));
  if (sets.valid) data.valid_fingerprint = fmt::format("{:08x}", fingerprint(*sets.valid));
  return data;
}

/// Reports from where a resumed training goes on.
void say_progress(const RunFolder& folder, const TrainProgress& progress) {
  if (progress.step == 0) {
    say("resume: {} has no checkpoint yet; the training begins afresh\n", folder.path());
  } else {
    say("resume: goes on after step {} ({} done)\n", progress.step, count_epochs(progress.epoch));
  }
}

void print_idle(const RunFolder& folder, const TrainProgress& progress) {
  fmt::print("nothing to do: {} has trained {}{}\n", folder.path(), count_epochs(progress.epoch),
             progress.stopped_early ? " and stopped early; a larger --patience continues it" : "");
}

void print_outcome(const TrainOptions& options, const RunFolder& folder, const Training& training) {
  fmt::print("{}", training.outcome());
  fmt::print("\nnext:\n");
  const bool is_there = !options.valid.empty() && options.valid != "-";
  const std::string data = is_there ? options.valid : "DATA";
  const std::string& run = folder.path();
  fmt::print("  spout evaluate {} --data {}\n", run, data);
  fmt::print("  spout predict {} --data {} --output predictions.npz\n", run, data);
  fmt::print("  spout export {} --output model.ts\n", run);
}

/// Writes what the folder holds before the first step. It changes only now, so that a resume that
/// is refused or has nothing to do leaves it as it was. The options come first: a folder with
/// options but no checkpoint is a run that begins afresh.
void begin_folder(const RunFolder& folder, TrainOptions& options, const DataSchema& schema) {
  folder.write_options(options);
  if (!folder.has_checkpoint()) folder.keep_encoder(options);
  save_schema(folder.path(), schema);
}

/// Keeps freed memory for the next step. A fit with an encoder's rows beside it needs the memory
/// more than the time.
void keep_blocks_for_steps(const TrainOptions& options) {
  if (!find_model(options.model).fits_hidden) keep_large_blocks();
}

/// Takes the folder for a new run.
///   lock  of the folder; empty: it is not locked yet
void claim(const RunFolder& folder, bool force, std::optional<RunLock>& lock) {
  folder.make();
  if (!lock) lock.emplace(folder.path());
  folder.check_free(force);
  folder.clear();
}

/// Trains to the end, unless nothing is left to do.
void run_training(Training& training, TrainOptions& options, const RunFolder& folder,
                  const DataSchema& schema) {
  const bool learns_nothing = training.finished() && training.progress().step == 0;
  if (training.finished() && !learns_nothing) {
    training.leave_model();
    print_idle(folder, training.progress());
    return;
  }
  if (options.resume) say_progress(folder, training.progress());
  begin_folder(folder, options, schema);
  training.run();
  if (learns_nothing) training.leave_model();
  print_outcome(options, folder, training);
}

}  // namespace

void run_train(const std::vector<std::string>& arguments) {
  TrainOptions options;
  const OptionList list = train_option_list(options);
  if (wants_help(arguments)) {
    fmt::print("{}{}{}", help_text(kHelp, list), train_tables_help(), formats_help());
    return;
  }
  options.given = parse_command_line(list, 0, arguments).given;
  if (!options.extend.empty()) extend_options(options, list, arguments);
  const TrainOptions asked = options;
  settle_model(options);
  const RunFolder folder(options.output);
  const bool continues = options.resume && folder.has_run();
  std::optional<RunLock> lock;
  if (continues) {
    lock.emplace(folder.path());
    continue_options(options, list, arguments, folder);
  }
  check_train_options(options);
  check_other_folder(options);
  if (!continues) folder.check_free(options.force);
  const bool begins = !continues || !folder.has_checkpoint();
  if (begins) check_vectors_path(options);
  const c10::Device device = set_up_device(options.device);

  std::optional<SavedModel> start;
  if (begins) start = warm_start_of(options, continues);
  const auto known = training_start(options, folder, start);
  TrainingSets data = read_training_sets(options, device, known ? &*known : nullptr);
  check_targets(options, data);
  catch_interrupts();
  if (!continues) settle_by_race(asked, options, data, folder, device, lock);
  say_model(options);
  say_trained_encoder(options);
  check_features(options, data.train.x);
  if (begins) read_initial_vectors(options, data);
  resolve(options);
  if (start) slow_encoder(options, start->shape, data.train.x.cols());
  plan_memory(options, data, device);
  say_precision(options, device);
  keep_blocks_for_steps(options);
  const std::unique_ptr<Training> training =
      make_training(options, folder, trainer_data(data), device);
  if (start) training->begin_with(*start);
  start.reset();
  if (!continues) claim(folder, options.force, lock);  // when nothing is left to be refused
  folder.remove_unfinished();
  if (continues) training->resume();
  run_training(*training, options, folder, data.schema);
}

}  // namespace spout
