// spout train: trains a model on data, and leaves a run folder.
#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <utility>

#include "spout/app/commands/command.h"
#include "spout/app/commands/earlier_run.h"
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

/// Replaces defaults by their values for options.json: the learning rate, and absolute paths.
void resolve(TrainOptions& options) {
  if (options.lr == 0.0) options.lr = usual_lr(options);
  make_paths_absolute(options);
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
  if (!continues) {
    settle_by_race(asked, options, data, folder, device, lock);
  } else if (asked.given.has("effort")) {
    say("race: none (--effort has no effect), since the run has begun\n");
  }
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
