#include "spout/app/race/contest.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

#include "spout/app/process/interrupt.h"
#include "spout/app/process/say.h"
#include "spout/app/race/race_blend.h"
#include "spout/app/run/evaluation.h"
#include "spout/app/run/model_choice.h"
#include "spout/app/training/make_training.h"
#include "spout/app/training/metric_choice.h"
#include "spout/models/model_table.h"
#include "spout/sparse/interactions/user_rows.h"

namespace spout {
namespace {

/// One candidate's result: its metrics on held-out rows, the mean of the folds.
struct Result {
  MetricValues metrics;
  double seconds = 0.0;
  std::string failure;  // why there is none; empty: there is
};

// The longest training that a candidate tries, in passes over the sample and in steps.
constexpr int64_t kMostEpochs = 50;
constexpr int64_t kMostSteps = 2'000;

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

/// Trains a candidate on a fold, and leaves its model in a folder.
MetricValues train(const TrainOptions& options, const RaceSample& sample, const Fold& fold,
                   const RunFolder& folder, c10::Device device) {
  folder.make();
  TrainData data;
  data.train = &sample.data;
  data.valid = &sample.measured();
  data.rows = fold.rows;
  data.valid_rows = fold.held_out;
  const std::unique_ptr<Training> training = make_training(options, folder, data, device);
  training->run();
  std::error_code ignored;
  std::filesystem::remove(folder.checkpoint_path(), ignored);
  return training->progress().best_metrics;
}

/// A candidate's options for training on the sample.
///   rival  the best metric of other candidates; NaN: there is none
TrainOptions options_on(const RaceSample& sample, TrainOptions options, double rival) {
  if (options.lr == 0.0) options.lr = usual_lr(options);
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

/// Fits the input of users and items to a candidate's scaling.
void scale_users(RaceSample& sample, const TrainOptions& options) {
  if (!sample.valid) return;
  for (Dataset* data : {&sample.data, &*sample.valid}) {
    data->x.sparse.values = data->seen.values.clone();  // scaled in place
    prepare_input(*data, options.data.normalize, {}, data->y.cols);
  }
}

/// Calls `measure`, which returns metrics, and takes note of them and of the time.
Result result_of(const std::function<MetricValues()>& measure) {
  const Silence silence;
  const auto begin = std::chrono::steady_clock::now();
  Result result;
  try {
    result.metrics = measure();
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

Result run(const Entrant& entrant, RaceSample& sample, double rival, const FoldFolders& folders,
           c10::Device device) {
  const TrainOptions options = options_on(sample, entrant.options, rival);
  scale_users(sample, options);
  return result_of([&] {
    MetricMeans means;
    for (size_t fold = 0; fold < sample.folds.size(); ++fold)
      means.add(train(options, sample, sample.folds[fold], folders(fold), device));
    return means.values();
  });
}

void report(const Entrant& entrant, const Result& result) {
  const std::string text =
      result.failure.empty() ? metrics_line(result.metrics) : "failed: " + result.failure;
  say("race: {}  {:.1f} s  {}\n", text, result.seconds, entrant.name);
}

/// The candidates, and what has come of those that have run.
class Contest {
 public:
  Contest(const ContestAim& aim, std::vector<Entrant> field, RaceSample sample,
          const RunFolder& folder, c10::Device device)
      : aim_(aim),
        field_(std::move(field)),
        sample_(std::move(sample)),
        scratch_(folder),
        device_(device) {}

  /// Runs all candidates, and the blend of two; returns the best.
  Entrant run() {
    for (size_t i = 0; i < field_.size(); ++i) {
      results_.push_back(spout::run(field_[i], sample_, rival_of(field_[i]), folders(i), device_));
      report(field_[i], results_.back());
    }
    run_blend();
    const std::optional<size_t> best = find_best();
    TORCH_CHECK(best, field_.front().name, ": ", results_.front().failure);
    return std::move(field_[*best]);
  }

 private:
  FoldFolders folders(size_t entrant) const {
    return [this, entrant](size_t fold) {
      return RunFolder(fmt::format("{}/{}-{}", scratch_.folder().path(), entrant, fold));
    };
  }

  double value_of_result(const Result& result) const {
    return choosing_value(result.metrics, aim_.metrics);
  }

  bool is_error() const { return choosing_metric(aim_.metrics).info->is_error; }

  /// The best candidate that has run to its end, of those of a model or, without a name, of all: by
  /// the first of a list of --metrics that was given, or by the mean of the usual ones, which
  /// depends less on chance.
  std::optional<size_t> find_best(std::string_view model = {}) const {
    std::optional<size_t> best;
    for (size_t i = 0; i < results_.size(); ++i) {
      const bool counts = model.empty() || field_[i].options.model == model;
      if (!counts || !results_[i].failure.empty()) continue;
      if (!best || is_better(value_of_result(results_[i]), value_of_result(results_[*best]),
                             is_error(), gain_to_replace(*best, !is_fitted(i))))
        best = i;
    }
    return best;
  }

  bool is_fitted(size_t i) const { return find_model(field_[i].options.model).fit != nullptr; }

  /// The relative gain that a candidate needs to take another's place. A network of users and items
  /// gains by the sample, which lacks the rare items; on few rows a small gain is chance; and it
  /// takes minutes where models that are fitted in one pass take seconds.
  double gain_to_replace(size_t other, bool in_steps) const {
    if (!is_fitted(other) || !in_steps) return 0.0;
    if (sample_.valid) return kGainOfUsers;
    return sample_.data.rows() < kFewRows ? kGainOfFewRows : 0.0;
  }

  /// Whether a blend is better than every candidate. A weight is chosen for it on the rows that it
  /// is measured on, and it takes two trainings. The gain that is asked of it is small, since its
  /// weight is chosen again on other rows, where 0 may be better: a blend that is taken by chance
  /// costs its time and hardly anything else.
  bool beats_all(const Result& blend) const {
    constexpr double kLeastGain = 0.001;
    for (size_t i = 0; i < results_.size(); ++i) {
      const double gain = std::max(kLeastGain, gain_to_replace(i, /*in_steps=*/true));
      if (!results_[i].failure.empty()) continue;
      if (!is_better(value_of_result(blend), value_of_result(results_[i]), is_error(), gain))
        return false;
    }
    return true;
  }

  /// What a network has to reach to be trained further: the best so far; less of it where it may
  /// blend.
  double rival_of(const Entrant& entrant) const {
    constexpr double kBlendShare = 0.8;
    const std::optional<size_t> best = find_best();
    if (!best) return std::numeric_limits<double>::quiet_NaN();
    const double reached = value_of_result(results_[*best]);
    const ModelInfo* blend = blend_in(field_, aim_.model);
    const bool may_blend = blend != nullptr && entrant.options.model == blend->parts.network &&
                           find_best(blend->parts.fitted);
    return may_blend && !is_error() ? kBlendShare * reached : reached;
  }

  /// Measures the blend of the best of its parts. It takes the place of all candidates if it was
  /// asked for, or beats them.
  void run_blend() {
    const ModelInfo* info = blend_in(field_, aim_.model);
    if (info == nullptr) return;
    const std::optional<size_t> fitted = find_best(info->parts.fitted);
    const std::optional<size_t> network = find_best(info->parts.network);
    const bool is_asked = aim_.model == info->name;
    TORCH_CHECK((fitted && network) || !is_asked, "a part of the blend failed");
    if (!fitted || !network) return;
    const Entrant blend = blend_of(*info, field_[*fitted], field_[*network]);
    if (!is_asked && !has_memory(blend.options, aim_.all_rows, device_)) return;
    scale_users(sample_, blend.options);
    const Result result = result_of([&] {
      return measure_blend(blend.options, sample_, folders(*fitted), folders(*network), device_);
    });
    report(blend, result);
    if (!is_asked && !beats_all(result)) return;
    field_ = {blend};
    results_ = {result};
  }

  const ContestAim& aim_;
  std::vector<Entrant> field_;
  RaceSample sample_;
  Scratch scratch_;
  c10::Device device_;
  std::vector<Result> results_;  // of the candidates at the same places in field_, as far as run
};

}  // namespace

Entrant run_contest(const ContestAim& aim, std::vector<Entrant> field, RaceSample sample,
                    const RunFolder& folder, c10::Device device) {
  return Contest(aim, std::move(field), std::move(sample), folder, device).run();
}

}  // namespace spout
