// spout train: data in, run folder out.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>

#include "app/commands/command.h"
#include "app/device.h"
#include "app/interrupt.h"
#include "app/memory_need.h"
#include "app/options/command_line.h"
#include "app/run_lock.h"
#include "app/say.h"
#include "app/training/model_choice.h"
#include "app/training/train_data.h"
#include "app/training/trainer.h"
#include "app/training/warm_start.h"
#include "losses/score_blocks.h"
#include "losses/value_loss.h"
#include "models/model_table.h"
#include "sparse/batch/fingerprint.h"

namespace spout {
namespace {

constexpr CommandHelp kHelp{
    "spout train --train DATA --output RUN [options]",
    "Trains a model on sparse targets. RUN then holds options.json, log.jsonl, checkpoint.pt and\n"
    "the best model, model.pt; a run that was stopped goes on with --resume.",
    "  spout train --train train.txt.gz --output run\n"
    "  spout train --train X.npz,Y.npz --output run --model mlp --hidden 512 --loss bce\n"
    "  spout train --train train.txt --valid-share 0.1 --patience 2 --epochs 30 "
    "--output run"};

/// So that the run can go on from another folder.
void make_paths_absolute(TrainOptions& options) {
  options.train = absolute_data_path(options.train);
  options.valid = absolute_data_path(options.valid);
  options.valid_input = absolute_data_path(options.valid_input);
  options.encoder = absolute_data_path(options.encoder);
  options.warm_start = absolute_data_path(options.warm_start);
  options.extend = absolute_data_path(options.extend);
  std::string& weight = options.labels.positive_weight;
  if (weight.ends_with(".npy")) weight = absolute_data_path(weight);
}

/// Replaces what options.json is to name by what it stands for.
void resolve(TrainOptions& options) {
  if (options.lr == 0.0) options.lr = find_optimizer(options.optimizer).default_lr;
  make_paths_absolute(options);
}

constexpr double kEncoderShare = 0.1;

/// What the encoder of an extended run has learnt holds for new labels too, and at the full rate it
/// would forget it: it moves at a tenth, unless it has new features to learn or a rate of its own.
/// On bibtex with a tenth of its labels new, P@1 of the others falls by 0.2 points in place of 2.0.
void slow_encoder(TrainOptions& options, const RunShape& from, int64_t features) {
  const bool moves = find_model(options.model).has_hidden_layers && features == from.features &&
                     !options.model_options.freeze_encoder;
  if (options.extend.empty() || !moves || options.encoder_lr > 0.0) return;
  options.encoder_lr = kEncoderShare * options.lr;
}

/// Whether a run's encoder was slowed by slow_encoder() and not by what was said.
bool has_slowed_encoder(const TrainOptions& options) {
  const double slowed = kEncoderShare * options.lr;
  return !options.extend.empty() && std::abs(options.encoder_lr - slowed) < 1e-9 * slowed;
}

void check_targets(const TrainOptions& options, const TrainingSets& data) {
  const bool two_heads = find_model(options.model).has_value_head;
  const auto check = [&](const std::string& path, const Dataset& set) {
    try {
      // Of two heads the loss sees zeros and ones.
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

/// Makes `options`, which `list` describes, those that the run was begun with, and on top of them
/// what is said now.
void continue_options(TrainOptions& options, const OptionList& list,
                      const std::vector<std::string>& arguments, const RunFolder& folder) {
  options = folder.read_options();
  parse_command_line(list, 0, arguments, &options.said);
  settle_model(options);
  if (!options.encoder.empty() && std::filesystem::exists(folder.encoder_path())) {
    options.model_options.encoder = folder.encoder_path();
  }
  TrainOptions begun = folder.read_options();
  if (options.data.normalize == "auto") options.data.normalize = begun.data.normalize;
  if (options.data.format == "auto") options.data.format = begun.data.format;
  if (options.lr == 0.0) options.lr = begun.lr;
  make_paths_absolute(options);
  check_resumed_options(begun, options);
}

/// Makes `options` those of the run that --extend names, and on top of them what is said now.
void extend_options(TrainOptions& options, const OptionList& list,
                    const std::vector<std::string>& arguments) {
  const auto& said = options.said;  // a --config may name both
  if (std::find(said.begin(), said.end(), "warm-start") != said.end()) {
    throw UserError("--extend and --warm-start exclude each other");
  }
  const std::string run = options.extend;
  options = RunFolder(run).read_options();
  if (has_slowed_encoder(options)) options.encoder_lr = 0.0;  // for its own new labels
  options.train.clear();                                      // the run's own are not meant
  options.valid.clear();
  options.valid_input.clear();
  options.output.clear();
  parse_command_line(list, 0, arguments, &options.said);
  options.warm_start = options.extend = run;
}

/// A run that begins with another is not to be written over that.
void check_other_folder(const TrainOptions& options) {
  std::error_code ignored;
  if (options.warm_start.empty() ||
      !std::filesystem::equivalent(options.warm_start, options.output, ignored)) {
    return;
  }
  throw UserError(fmt::format("--output {}: expected another folder than that of --{}",
                              options.output, options.extend.empty() ? "warm-start" : "extend"));
}

/// The run to begin with, where --warm-start names one. Its words hold.
///   again  the run that begins with it has been begun before, and has settled its words
std::optional<SavedModel> warm_start_of(TrainOptions& options, bool again) {
  if (options.warm_start.empty()) return std::nullopt;
  const char* option = options.extend.empty() ? "warm-start" : "extend";
  if (find_model(options.model).fit != nullptr) {
    throw UserError(
        fmt::format("--{}: the model {} is fitted at once, to all rows; it does not "
                    "begin with other weights",
                    option, options.model));
  }
  if (options.model_options.user_vectors) {
    throw UserError(fmt::format("--{}: other users have no --user-vectors to begin with", option));
  }
  SavedModel start = read_warm_start(options.warm_start);
  const TextFlags& settled = start.options.data.text;
  if (!again && options.extend.empty())
    refuse_text_flags(options.data.text, "the run of --warm-start has settled it", settled);
  options.data.text = settled;
  return start;
}

LeastWidths widths_of(const RunShape& shape, const DataSchema& schema) {
  return {shape.features, schema.has_interactions() ? shape.labels : 0};
}

/// What holds already: of the run begun with, or of the one that goes on from a checkpoint.
std::optional<TrainingStart> training_start(const TrainOptions& options, const RunFolder& folder,
                                            const std::optional<SavedModel>& begun) {
  if (begun) return TrainingStart{begun->schema, widths_of(begun->shape, begun->schema)};
  if (!options.resume || !folder.has_checkpoint()) return std::nullopt;
  TrainingStart start{load_schema(folder.path(), options.data.format)};
  if (options.warm_start.empty()) return start;
  const bool has_model = std::filesystem::exists(folder.model_path());
  const RunFolder model(has_model ? folder.path() : options.warm_start);
  start.widths = widths_of(read_shape(model.model_path()), start.schema);
  return start;
}

/// Says what the training will take, and refuses what the machine does not have.
void plan_memory(const TrainOptions& options, const TrainingSets& data, c10::Device device) {
  const ModelShape shape{data.train.x.cols(), data.train.y.cols, data.train.x.kind()};
  const FitSize size{shape, static_cast<int64_t>(data.rows.size()), features_per_row(data.train),
                     labels_per_row(data.train)};
  const TrainingData sizes{size, data.train.x.is_sparse(),
                           size_bytes(data.train) + (data.valid ? size_bytes(*data.valid) : 0)};
  const MemoryNeed need = memory_need(options, sizes, device);
  say("memory: {}\n", memory_text(need));
  check_memory(need, options, shape);
}

void say_precision(const TrainOptions& options, c10::Device device) {
  if (options.device.precision != "bf16" || multiplies_bf16(device)) return;
  say("precision: this processor does not multiply bf16, so products are in fp32; output "
      "weights are kept in bf16\n");
}

TrainData trainer_data(const TrainingSets& sets) {
  TrainData data{&sets.train, sets.rows, sets.validation(), sets.valid_rows, {}, {}};
  data.fingerprint = fmt::format("{:08x}", fingerprint(sets.train));
  if (sets.valid) data.valid_fingerprint = fmt::format("{:08x}", fingerprint(*sets.valid));
  return data;
}

void print_idle(const RunFolder& folder, const TrainProgress& progress) {
  fmt::print(
      "nothing to do: {} has trained {} epochs{}\n", folder.path(), progress.epoch,
      progress.stopped_early ? " and gained nothing in the last; a larger --patience goes on" : "");
}

void print_outcome(const TrainOptions& options, const RunFolder& folder, const Trainer& trainer) {
  const TrainProgress& progress = trainer.progress();
  fmt::print("trained {} epochs, {} steps in {:.1f} s; model of epoch {}", progress.epoch,
             progress.step, progress.seconds, progress.best_epoch + 1);
  if (!trainer.best_metrics().empty()) fmt::print(": {}", metrics_line(trainer.best_metrics()));
  fmt::print("\nnext:\n");
  const bool is_there = !options.valid.empty() && options.valid != "-";
  const std::string data = is_there ? options.valid : "DATA";
  const std::string& run = folder.path();
  fmt::print("  spout evaluate {} --data {}\n", run, data);
  fmt::print("  spout predict {} --data {} --output predictions.npz\n", run, data);
  fmt::print("  spout export {} --output model.ts\n", run);
}

}  // namespace

void run_train(const std::vector<std::string>& arguments) {
  TrainOptions options;
  const OptionList list = train_option_list(options);
  if (wants_help(arguments)) {
    fmt::print("{}{}", help_text(kHelp, list), train_tables_help());
    return;
  }
  parse_command_line(list, 0, arguments, &options.said);
  if (!options.extend.empty()) extend_options(options, list, arguments);
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
  const c10::Device device = set_up_device(options.device);

  std::optional<SavedModel> start;
  if (!continues || !folder.has_checkpoint()) start = warm_start_of(options, continues);
  const auto known = training_start(options, folder, start);
  const TrainingSets data = read_training_sets(options, known ? &*known : nullptr);
  check_targets(options, data);
  check_reads(find_model(options.model), data.train.x.kind());
  resolve(options);
  if (start) slow_encoder(options, start->shape, data.train.x.cols());
  plan_memory(options, data, device);
  say_precision(options, device);
  catch_interrupts();
  keep_large_blocks();
  Trainer trainer(options, folder, trainer_data(data), device);
  if (start) trainer.begin_with(*start);
  start.reset();
  if (!continues) {  // only now: nothing else is left that could be refused
    folder.make();
    lock.emplace(folder.path());
    folder.check_free(options.force);
    folder.clear();
  }
  folder.remove_unfinished();
  if (continues) trainer.resume();
  if (trainer.finished()) {
    trainer.leave_model();
    print_idle(folder, trainer.progress());
    return;
  }
  // Only now: a refused or idle resume changes nothing. The options first: a folder with them is a
  // run, which begins afresh as long as it has no checkpoint.
  folder.write_options(options);
  if (!folder.has_checkpoint()) folder.keep_encoder(options.encoder);
  save_schema(folder.path(), data.schema);
  trainer.run();
  print_outcome(options, folder, trainer);
}

}  // namespace spout
