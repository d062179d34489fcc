#include "spout/app/race/race.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

#include "spout/app/process/say.h"
#include "spout/app/race/candidates.h"
#include "spout/app/race/contest.h"
#include "spout/app/race/race_blend.h"
#include "spout/app/race/race_cost.h"
#include "spout/app/race/race_sample.h"
#include "spout/app/run/effort.h"
#include "spout/app/training/metric_choice.h"
#include "spout/losses/loss_table.h"

namespace spout {
namespace {

constexpr int64_t kFewestRows = 300;
constexpr int64_t kRowsForSvm = 40'000;  // that settings of svm are compared on, at most
constexpr double kSecondsForSvm = 60.0;

const Effort& effort_of(const TrainOptions& options) {
  return choose(kEfforts, "effort", options.effort);
}

bool is_network(const Entrant& entrant) {
  return find_model(entrant.options.model).fit == nullptr;
}

/// Drops networks that would take very long on all rows, if models that are fitted in one pass
/// stay.
void drop_too_slow(std::vector<Entrant>& field, const TrainingSets& sets, const Effort& effort) {
  if (std::all_of(field.begin(), field.end(), is_network)) return;
  const WorkSize all = size_of(sets.train, static_cast<double>(sets.rows.size()), 1.0);
  std::erase_if(field, [&](const Entrant& entrant) {
    constexpr double kHour = 3600.0;
    if (!is_network(entrant)) return false;
    const double seconds = seconds_of(entrant, all, /*has_rival=*/true);
    if (seconds <= effort.network_seconds) return false;
    say("race: without {}, estimated at {:.0f} hours on all rows and 2 cores (--model {})\n",
        entrant.name, seconds / kHour, entrant.options.model);
    return true;
  });
}

/// Drops the candidates for which there is not memory enough if they are trained on all rows.
void drop_too_large(std::vector<Entrant>& field, const TrainingSets& sets, c10::Device device) {
  const TrainingData sizes = sizes_of(sets);
  std::erase_if(field, [&](const Entrant& entrant) {
    if (has_memory(entrant.options, sizes, device)) return false;
    say("race: without {}, which needs more memory than there is\n", entrant.name);
    return true;
  });
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

/// Draws the largest sample, of `rows` or half of them and so on, on which the candidates take no
/// longer than allowed; of few rows at the least.
RaceSample largest_sample(const std::vector<Entrant>& field, int64_t rows, double allowed_s,
                          const std::function<RaceSample(int64_t)>& sample_of) {
  for (;; rows /= 2) {
    RaceSample sample = sample_of(rows);
    if (rows / 2 < kFewRows || seconds_of(field, size_of(sample)) <= allowed_s) return sample;
  }
}

/// Draws the sample that the effort allows.
RaceSample draw(const std::vector<Entrant>& field, const TrainingSets& sets, const Effort& effort,
                uint64_t seed) {
  const double allowed_s = allowed_seconds(field, sets, effort);
  if (!sets.schema.has_interactions()) {
    return largest_sample(field, effort.rows, allowed_s, [&](int64_t rows) {
      return sample_examples(sets.train, sets.rows, rows, seed);
    });
  }
  const Dataset& users = sets.whole ? *sets.whole : sets.train;
  return largest_sample(field, effort.users, allowed_s, [&](int64_t rows) {
    return sample_users(users, sets.rows, rows, effort.items, seed);
  });
}

std::string time_line(const std::vector<Entrant>& field, const RaceSample& sample) {
  return fmt::format("about {:.0f} s on 2 cores", std::ceil(seconds_of(field, size_of(sample))));
}

/// Why there is nothing to compare, "a number of --epochs is given"; empty: there may be.
std::string why_no_race(const TrainOptions& asked, const TrainOptions& settled,
                        const TrainingSets& sets) {
  const Features& x = sets.train.x;
  if (asked.length.epochs != kAutoEpochs) return "a number of --epochs is given";
  if (asked.length.max_minutes > 0.0) return "--max-minutes bounds the training";
  if (!asked.warm_start.empty()) return "the training begins with another run";
  const bool is_in_config = !asked.config.empty() && !asked.given.has("model");
  if (is_in_config && asked.model != "auto") return "--config names the model";
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

/// Takes item-knn in place of mlp for users and items where no model is named and none is compared,
/// if it reads the options given: it is fitted in seconds, and few users suffice it.
void settle_item_model(const TrainOptions& asked, TrainOptions& settled, TrainingSets& sets,
                       c10::Device device) {
  const bool is_open = asked.model == "auto" && settled.model == "mlp" && asked.warm_start.empty();
  if (!is_open || !sets.schema.has_interactions()) return;
  std::vector<Entrant> field = entrants(asked, settled, sets.train.x, /*has_interactions=*/true);
  const auto usual = std::find_if(field.begin(), field.end(), [](const Entrant& entrant) {
    return entrant.options.model == "item-knn";
  });
  if (usual == field.end() || !has_memory(usual->options, sizes_of(sets), device)) return;
  settled = std::move(usual->options);
  settled.model_reason = "for users and items";
  settle_users(settled, sets);
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
    if (asked.model == "auto" && device.is_cpu()) drop_too_slow(field, sets, effort_of(asked));
    const bool is_blend = find_model(settled.model).is_blend();
    if (is_blend && blend_in(field, settled.model) == nullptr) field.clear();
  }
  if (!reason.empty() && asked.given.has("effort")) {
    say("race: none (--effort has no effect), since {}\n", reason);
  }
  return field;
}

/// Settles the label trees of an svm that has won, by itself or in a blend, on more rows than most
/// races have: a sample says little of such a choice, and an SVM is fitted in seconds.
void settle_svm(const TrainOptions& asked, TrainOptions& settled, const TrainingSets& sets,
                const RunFolder& folder, c10::Device device) {
  const ModelInfo& model = find_model(settled.model);
  if (model.name != "svm" && model.parts.fitted != "svm") return;
  const std::vector<int64_t>& trees = settled.model_options.svm.trees;
  if (std::find(trees.begin(), trees.end(), 0) == trees.end()) return;  // takes too long
  std::vector<Entrant> field = svm_entrants(asked, settled, sets.train.x);
  if (field.size() < 2) return;
  RaceSample sample = largest_sample(field, kRowsForSvm, kSecondsForSvm, [&](int64_t rows) {
    return sample_examples(sets.train, sets.rows, rows, static_cast<uint64_t>(settled.seed));
  });
  say("race: {} settings of svm on {} rows, {}\n", field.size(), sample.data.rows(),
      time_line(field, sample));
  const Entrant best = run_contest({"svm", settled.metrics, sizes_of(sets)}, std::move(field),
                                   std::move(sample), folder, device);
  settled.model_options.svm = best.options.model_options.svm;
  settled.model_reason += fmt::format(", {}", best.name);
}

/// Settles the only candidate that the options leave.
void take_only(const TrainOptions& asked, Entrant entrant, TrainOptions& settled,
               TrainingSets& sets) {
  std::string reason = entrant.options.model == settled.model ? settled.model_reason : "";
  if (reason.empty() && asked.model == "auto") reason = "the only one that reads the options given";
  settled = std::move(entrant.options);
  settled.model_reason = std::move(reason);
  settle_users(settled, sets);
}

/// Runs the race between two candidates or more.
void run_race(const TrainOptions& asked, std::vector<Entrant> field, TrainOptions& settled,
              TrainingSets& sets, const RunFolder& folder, c10::Device device) {
  RaceSample sample = draw(field, sets, effort_of(settled), static_cast<uint64_t>(settled.seed));
  if (sample.folds.front().held_out.empty() || sample.data.y.cols == 0) {
    say("race: none, since no row has a label that can be held out\n");
    if (asked.model == "auto" && field.front().options.model == "popular") {
      settled = std::move(field.front().options);
      settled.model_reason = "since no user has two items to learn from";
      settle_users(settled, sets);
    }
    return;
  }
  const bool has_most = 2 * sample.data.rows() >= std::ssize(sets.rows) &&
                        2 * sample.data.y.cols >= sets.train.y.cols;
  if (!has_most) std::erase_if(field, [](const Entrant& entrant) { return entrant.is_for_few; });
  // Options may ask for a blend as its name does.
  const bool is_blend = find_model(settled.model).is_blend();
  const std::string model = is_blend ? settled.model : asked.model;
  const bool may_blend = blend_in(field, model) != nullptr;
  if (is_blend && !may_blend) return;
  if (field.size() == 1) return take_only(asked, std::move(field.front()), settled, sets);
  say("race: {} candidates{} on {} of {} rows and {} of {} labels, {} (--effort)\n", field.size(),
      may_blend ? " and a blend" : "", sample.data.rows(), sets.rows.size(), sample.data.y.cols,
      sets.train.y.cols, time_line(field, sample));
  Entrant best = run_contest({model, settled.metrics, sizes_of(sets)}, std::move(field),
                             std::move(sample), folder, device);
  settled = std::move(best.options);
  settled.model_reason = fmt::format("the best of a race ({})", best.name);
  settle_users(settled, sets);
  settle_svm(asked, settled, sets, folder, device);
}

}  // namespace

void settle_by_race(const TrainOptions& asked, TrainOptions& settled, TrainingSets& sets,
                    const RunFolder& folder, c10::Device device, std::optional<RunLock>& lock) {
  std::vector<Entrant> field = race_field(asked, settled, sets, device);
  if (field.size() == 1 && asked.model == "auto") {
    take_only(asked, std::move(field.front()), settled, sets);
  }
  if (field.empty()) settle_item_model(asked, settled, sets, device);
  if (field.size() < 2) return;
  folder.make();
  lock.emplace(folder.path());
  run_race(asked, std::move(field), settled, sets, folder, device);
}

}  // namespace spout
