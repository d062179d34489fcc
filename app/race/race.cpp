#include "spout/app/race/race.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <limits>
#include <memory>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

#include "spout/app/process/interrupt.h"
#include "spout/app/process/say.h"
#include "spout/app/race/candidates.h"
#include "spout/app/race/race_sample.h"
#include "spout/app/training/make_training.h"
#include "spout/app/training/metric_choice.h"
#include "spout/losses/loss_table.h"
#include "spout/losses/optimizers/optimizer.h"
#include "spout/models/model_table.h"
#include "spout/sparse/interactions/user_rows.h"

namespace spout {
namespace {

constexpr int64_t kFewestRows = 300;

/// A value of --effort.
struct Effort {
  std::string_view name;
  int64_t rows;    // the most rows of a sample
  int64_t users;   // or users
  int64_t items;   // the most items of users
  double seconds;  // the estimate that a race may reach, unless the sample is small
};
constexpr std::array<Effort, 3> kEfforts{{
    {"fast", 0, 0, 0, 0.0},
    {"normal", 8'000, 32'000, 4'000, 60.0},
    {"best", 60'000, 256'000, 20'000, 1'200.0},
}};

/// What the work on data depends on.
struct WorkSize {
  double rows;
  double features;  // all of them, and those of a row
  double features_per_row;
  double labels;
  double labels_per_row;
  double folds;
};

// The longest training that a candidate tries, in passes over the sample and in steps.
constexpr int64_t kMostEpochs = 50;
constexpr int64_t kMostSteps = 2'000;

/// One candidate's result.
struct Result {
  double metric = std::numeric_limits<double>::quiet_NaN();
  double seconds = 0.0;
  std::string failure;  // why there is none; empty: there is
};

/// The folder in which candidates keep files while they train; removed at the end.
class Scratch {
 public:
  explicit Scratch(const RunFolder& run) : folder_(run.race_path()) { folder_.make(); }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_.path(), ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const RunFolder& folder() const { return folder_; }

 private:
  RunFolder folder_;
};

/// Estimates the seconds that a candidate takes, on two cores with AVX-512. The best length of a
/// network is taken for 25 epochs or, if that is more, 300 steps, and the search for it for three
/// times as long, unless it ends as soon as a rival is out of reach.
///   has_rival  whether candidates that are fitted in one pass go before it
double seconds_of(const Entrant& entrant, const WorkSize& data, bool has_rival) {
  constexpr double kFlops = 1.2e11;
  constexpr double kEntries = 4e6;  // pairs of a feature and a label of the same row, a second
  constexpr double kWeights = 3e8;  // weights that an optimizer moves, a second
  constexpr double kStep = 1e-3;    // seconds of a step, whatever its size
  constexpr double kEpochs = 25.0;
  constexpr double kSteps = 300.0;
  if (entrant.options.model == "ease") {
    constexpr double kInversions = 4.0;
    return kInversions * 2.0 * std::pow(data.labels, 3) / kFlops;
  }
  if (find_model(entrant.options.model).fit != nullptr) {
    return data.rows * data.features_per_row * data.labels_per_row / kEntries * data.folds;
  }
  const auto width = static_cast<double>(entrant.options.model_options.hidden.front());
  const auto batch = static_cast<double>(entrant.options.batch_size);
  const double steps = std::max(kEpochs * data.rows / batch, kSteps) * (has_rival ? 1.0 : 3.0);
  const double products =
      6.0 * std::min(batch, data.rows) * width * (data.features_per_row + data.labels) / kFlops;
  const double moves = width * (data.features + data.labels) / kWeights;
  return steps * (products + moves + kStep) * data.folds;
}

double seconds_of(const std::vector<Entrant>& field, const WorkSize& size) {
  bool has_rival = false;
  double seconds = 0.0;
  for (const Entrant& entrant : field) {
    seconds += seconds_of(entrant, size, has_rival);
    has_rival |= find_model(entrant.options.model).fit != nullptr;
  }
  return seconds;
}

WorkSize size_of(const Dataset& data, double rows, double folds) {
  return {rows,
          static_cast<double>(data.x.cols()),
          features_per_row(data),
          static_cast<double>(data.y.cols),
          labels_per_row(data),
          folds};
}

WorkSize size_of(const RaceSample& sample) {
  return size_of(sample.data, static_cast<double>(sample.data.rows()),
                 static_cast<double>(sample.folds.size()));
}

/// Trains a candidate on a fold; returns its metric on what the fold holds out.
double train(const TrainOptions& options, const RaceSample& sample, const Fold& fold,
             const RunFolder& folder, c10::Device device) {
  folder.clear();
  TrainData data;
  data.train = &sample.data;
  data.valid = &sample.measured();
  data.rows = fold.rows;
  data.valid_rows = fold.held_out;
  const std::unique_ptr<Training> training = make_training(options, folder, data, device);
  training->run();
  return training->metric();
}

/// A candidate's options for training on the sample.
///   rival  the best metric of other candidates; NaN: there is none
TrainOptions options_on(const RaceSample& sample, TrainOptions options, double rival) {
  if (options.lr == 0.0) options.lr = find_optimizer(options.optimizer).default_lr;
  options.checkpoint_minutes = 0.0;
  if (!finds_length(options)) return options;
  options.length.keep_held_out = true;
  options.length.patience = 1;
  options.length.rival = rival;
  const int64_t epoch = (sample.data.rows() + options.batch_size - 1) / options.batch_size;
  const int64_t most = std::max(kMostEpochs * epoch, kMostSteps);
  const int64_t given = options.length.max_steps;
  options.length.max_steps = given > 0 ? std::min(given, most) : most;
  return options;
}

Result run(const Entrant& entrant, RaceSample& sample, double rival, const RunFolder& folder,
           c10::Device device) {
  const TrainOptions options = options_on(sample, entrant.options, rival);
  const Silence silence;
  if (sample.valid) {
    for (Dataset* data : {&sample.data, &*sample.valid}) {
      data->x.sparse.values = data->seen.values.clone();  // scaled in place
      prepare_input(*data, options.data.normalize, {}, data->y.cols);
    }
  }
  const auto begin = std::chrono::steady_clock::now();
  Result result;
  try {
    double sum = 0.0;
    for (const Fold& fold : sample.folds)
      sum += train(options, sample, fold, folder, device);
    result.metric = sum / static_cast<double>(sample.folds.size());
  } catch (const c10::Error& error) {
    result.failure = error.what_without_backtrace();
  } catch (const std::bad_alloc&) {
    result.failure = "it needs more memory than there is";
  } catch (const Interrupted&) {
    throw Interrupted{/*is_saved=*/false};
  }
  if (interrupted()) throw Interrupted{/*is_saved=*/false};
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return result;
}

/// Drops the candidates for which there is not memory enough if they are trained on all rows.
void drop_too_large(std::vector<Entrant>& field, const TrainingSets& sets, c10::Device device) {
  const TrainingData sizes = sizes_of(sets);
  std::erase_if(field, [&](const Entrant& entrant) {
    try {
      check_memory(memory_need(entrant.options, sizes, device), entrant.options, sizes.size.shape);
      return false;
    } catch (const UserError&) {
      say("race: without {}, which needs more memory than there is\n", entrant.name);
      return true;
    }
  });
}

const Effort& effort_of(const TrainOptions& options) {
  return choose(kEfforts, "effort", options.effort);
}

/// The estimate that the race may reach: the seconds of the effort, and half of what the quickest
/// candidate takes on all rows.
double allowed_seconds(const std::vector<Entrant>& field, const TrainingSets& sets,
                       const Effort& effort) {
  const WorkSize all = size_of(sets.train, static_cast<double>(sets.rows.size()), 1.0);
  double least = std::numeric_limits<double>::infinity();
  for (const Entrant& entrant : field)
    least = std::min(least, seconds_of(entrant, all, /*has_rival=*/false));
  constexpr double kShare = 0.5;
  return effort.seconds + kShare * least;
}

/// Draws the largest sample that the effort allows; of few rows at the least.
RaceSample draw(const std::vector<Entrant>& field, const TrainingSets& sets, const Effort& effort,
                uint64_t seed) {
  const double allowed = allowed_seconds(field, sets, effort);
  const bool are_users = sets.schema.has_interactions();
  for (int64_t rows = are_users ? effort.users : effort.rows;; rows /= 2) {
    RaceSample sample = are_users ? sample_users(sets.whole ? *sets.whole : sets.train, sets.rows,
                                                 rows, effort.items, seed)
                                  : sample_examples(sets.train, sets.rows, rows, seed);
    if (rows / 2 < kFewRows || seconds_of(field, size_of(sample)) <= allowed) return sample;
  }
}

void report(const Entrant& entrant, const Result& result, const MetricSpec& metric) {
  const std::string value =
      result.failure.empty() ? fmt::format("{} {:.4f}", metric.name(), result.metric) : "failed";
  say("race: {}  {:.1f} s  {}{}{}\n", value, result.seconds, entrant.name,
      result.failure.empty() ? "" : ": ", result.failure);
}

/// Why there is nothing to compare, "a number of --epochs is given"; empty: there may be.
std::string why_no_race(const TrainOptions& asked, const TrainOptions& settled,
                        const TrainingSets& sets) {
  const Features& x = sets.train.x;
  if (asked.length.epochs != kAutoEpochs) return "a number of --epochs is given";
  if (asked.length.max_minutes > 0.0) return "--max-minutes bounds the training";
  if (!asked.warm_start.empty()) return "the training begins with another run";
  if (!asked.config.empty() && asked.model != "auto") return "--config names the model";
  if (!asked.encoder.empty() || x.is_tokens()) return "texts have a model of their own";
  if (x.in_file) return "the rows stay in their files";
  if (find_loss(settled.loss).samples) return "the loss draws labels";
  if (asked.model_options.mf.user_vectors) return "users have vectors of their own";
  if (asked.labels.positive_weight.kind == PositiveWeight::Kind::kFile) {
    return "a file weighs the labels";
  }
  if (choosing_metric(settled.metrics).info->is_loss) return "losses do not compare";
  if (std::ssize(sets.rows) < kFewestRows) {
    return fmt::format("there are fewer than {} rows", kFewestRows);
  }
  return "";
}

/// The candidates that are to be compared; none or one where there is nothing to compare.
std::vector<Entrant> race_field(const TrainOptions& asked, const TrainOptions& settled,
                                const TrainingSets& sets, c10::Device device) {
  if (effort_of(asked).rows == 0) return {};
  std::string reason = why_no_race(asked, settled, sets);
  std::vector<Entrant> field;
  if (reason.empty()) {
    field = entrants(asked, settled, sets.train.x, sets.schema.has_interactions());
    if (field.size() < 2) reason = "the options leave one model and one setting";
    if (field.size() > 1) drop_too_large(field, sets, device);
  }
  if (!reason.empty() && asked.given.has("effort")) {
    say("race: none (--effort has no effect), since {}\n", reason);
  }
  return field;
}

/// Runs the race between two candidates or more.
void run_race(std::vector<Entrant> field, TrainOptions& settled, TrainingSets& sets,
              const RunFolder& folder, c10::Device device) {
  RaceSample sample = draw(field, sets, effort_of(settled), static_cast<uint64_t>(settled.seed));
  if (sample.folds.front().held_out.empty() || sample.data.y.cols == 0) {
    say("race: none, since no row has a label that can be held out\n");
    return;
  }
  const MetricSpec metric = choosing_metric(settled.metrics);
  say("race: {} candidates on {} of {} rows and {} of {} labels, about {:.0f} s on 2 cores "
      "(--effort)\n",
      field.size(), sample.data.rows(), sets.rows.size(), sample.data.y.cols, sets.train.y.cols,
      std::ceil(seconds_of(field, size_of(sample))));
  const Scratch scratch(folder);
  size_t best = 0;
  std::vector<Result> results;
  for (const Entrant& entrant : field) {
    const double rival = results.empty() ? Result().metric : results[best].metric;
    results.push_back(run(entrant, sample, rival, scratch.folder(), device));
    report(entrant, results.back(), metric);
    if (is_better(results.back().metric, results[best].metric, metric.info->is_error))
      best = results.size() - 1;
  }
  TORCH_CHECK(results[best].failure.empty(), field[best].name, ": ", results[best].failure);
  settled = std::move(field[best].options);
  settled.model_reason = fmt::format("the best of a race ({})", field[best].name);
  settle_users(settled, sets);
}

}  // namespace

void settle_by_race(const TrainOptions& asked, TrainOptions& settled, TrainingSets& sets,
                    const RunFolder& folder, c10::Device device, std::optional<RunLock>& lock) {
  std::vector<Entrant> field = race_field(asked, settled, sets, device);
  if (field.size() == 1 && asked.model == "auto") {
    settled = std::move(field.front().options);
    settle_users(settled, sets);
  }
  if (field.size() < 2) return;
  folder.make();
  lock.emplace(folder.path());
  run_race(std::move(field), settled, sets, folder, device);
}

}  // namespace spout
