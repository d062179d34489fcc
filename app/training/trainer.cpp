#include "spout/app/training/trainer.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "spout/app/process/interrupt.h"
#include "spout/app/process/say.h"
#include "spout/app/run/baseline.h"
#include "spout/app/run/evaluation.h"
#include "spout/app/training/fit_data.h"
#include "spout/app/training/metric_choice.h"
#include "spout/losses/optimizers/schedule.h"
#include "spout/models/base/model.h"
#include "spout/models/model_table.h"

namespace spout {

Trainer::Trainer(const TrainOptions& options, const RunFolder& folder, TrainData data,
                 c10::Device device)
    : options_(options),
      folder_(folder),
      data_(std::move(data)),
      steps_(options_, folder_, data_, data_.rows, device) {
  data_.token_vectors = {};  // the model holds them now
}

void Trainer::resume() {
  if (!folder_.has_checkpoint()) return;
  steps_.resume();
  TrainProgress& progress = steps_.progress();
  if (!progress.search.empty()) {
    throw UserError(
        fmt::format("--epochs {}: {} was begun with auto, which finds the number itself",
                    options_.length.epochs, folder_.path()));
  }
  const bool has_best = !progress.best_metrics.empty() && data_.valid != nullptr;
  if (has_best && progress.best_metrics.front().first != choosing_metric(options_.metrics).name()) {
    progress.best_metrics.clear();  // another metric chooses now, so the next epoch counts as best
  }
  progress.stopped_early = out_of_patience();  // --patience may have changed
}

bool Trainer::is_gain() const {
  const MetricValues& best = progress().best_metrics;
  if (metrics_.empty() || best.empty()) return true;
  return is_better(metrics_.front().second, best.front().second,
                   choosing_metric(options_.metrics).info->is_error);
}

int64_t Trainer::epochs() const {
  return find_model(options_.model).fit != nullptr ? 1 : options_.length.epochs;
}

bool Trainer::finished() const {
  return progress().stopped_early || progress().epoch >= epochs();
}

bool Trainer::out_of_patience() const {
  return options_.patience > 0 && progress().epochs_without_gain >= options_.patience;
}

double Trainer::learning_rate() const {
  return options_.lr *
         schedule_factor(options_.schedule, options_.warmup, step_of_schedule(), total_steps());
}

int64_t Trainer::step_of_schedule() const {
  return progress().epoch * steps_.batches_per_epoch() + progress().batch;
}

void Trainer::run() {
  steps_.open(total_steps(), epochs());
  measure_baseline();
  while (!finished()) {
    if (find_model(options_.model).fit != nullptr) {
      fit();
    } else {
      steps_.train_epoch([this] { return learning_rate(); });
    }
    end_epoch();
  }
  const std::string warning =
      baseline_warning(options_.metrics, progress().best_metrics, baseline_);
  const bool is_baseline = options_.model == "popular";
  const bool is_part = data_.search_ended != nullptr;
  if (!warning.empty() && !is_baseline && !is_part) say("{}\n", warning);
}

void Trainer::fit() {
  const ModelInfo& info = find_model(options_.model);
  const Features x = features_to_fit(info, data_.train->x, data_.rows);
  const Csr y = targets_of(*data_.train, data_.rows);
  const auto stop = [] {
    if (interrupted()) throw Interrupted{/*is_saved=*/false};
  };
  const auto settled = [this](const SettledOptions& found) {
    steps_.bar().line(settled_line(options_.model, found));
  };
  const auto progressed = [this](double share) {
    steps_.bar().update_share(options_.model, share);
  };
  const FitInput input{x.sparse,
                       y,
                       static_cast<uint64_t>(options_.seed),
                       stop,
                       progressed,
                       settled,
                       x.hidden,
                       data_.label_texts};
  TrainProgress& progress = steps_.progress();
  progress.loss_rows = y.rows;
  progress.loss_sum =
      info.fit(steps_.model(), input, model_options_of(options_)) * static_cast<double>(y.rows);
  ++progress.step;
}

void Trainer::measure() {
  metrics_.clear();
  if (data_.valid != nullptr) metrics_ = steps_.measure(*data_.valid, data_.valid_rows);
}

void Trainer::measure_baseline() {
  if (data_.valid == nullptr) return;
  baseline_ = baseline_metrics(targets_of(*data_.train, data_.rows), *data_.valid, data_.valid_rows,
                               options_.metrics, options_.labels.propensity);
  if (!baseline_.empty()) steps_.bar().line(baseline_line(baseline_));
}

void Trainer::leave_model() {
  const bool was_chosen = !progress().best_metrics.empty();
  const bool is_last = progress().best_epoch + 1 == progress().epoch;
  if ((!was_chosen && !is_last) || !std::filesystem::exists(folder_.model_path())) {
    save_model(folder_.model_path(), steps_.model(), steps_.shape());
  }
}

void Trainer::end_epoch() {
  steps_.close_step();
  steps_.check_weights();  // before a model is chosen; checkpoint() checks again, also in epochs
  measure();
  TrainProgress& progress = steps_.progress();
  const int64_t epoch = progress.epoch + 1;
  const double mean_loss = progress.loss_sum / static_cast<double>(progress.loss_rows);
  steps_.log().append({progress.step, epoch, mean_loss, progress.lr, steps_.seconds()},
                      /*of_epoch=*/true, metrics_);
  const std::string loss = std::isnan(mean_loss) ? "" : fmt::format("loss {:.4f}  ", mean_loss);
  steps_.bar().line(fmt::format("epoch {}/{}  {}{}{}{:.1f} s", epoch, epochs(), loss,
                                metrics_line(metrics_), metrics_.empty() ? "" : "  ",
                                steps_.seconds()));
  const bool better = is_gain();
  if (better) progress.best_metrics = metrics_;
  if (better && (!metrics_.empty() || epoch == epochs())) {
    progress.best_epoch = progress.epoch;
    save_model(folder_.model_path(), steps_.model(), steps_.shape());
  }
  // Patience begins where the model is better than naming the commonest labels.
  const bool learns = baseline_warning(options_.metrics, progress.best_metrics, baseline_).empty();
  if (better) progress.epochs_without_gain = 0;
  if (!better && learns) ++progress.epochs_without_gain;
  progress.stopped_early = out_of_patience();
  steps_.end_epoch();
  if (progress.stopped_early && epoch < epochs()) {
    steps_.bar().line(fmt::format("stopped early at epoch {}: {} without a better {}", epoch,
                                  count_epochs(options_.patience),
                                  choosing_metric(options_.metrics).name()));
  }
  steps_.checkpoint();
}

std::string Trainer::outcome() const {
  const TrainProgress& done = progress();
  std::string text;
  if (find_model(options_.model).fit != nullptr) {
    text = fmt::format("fitted {} in {:.1f} s", options_.model, done.seconds);
  } else {
    text = fmt::format("trained {}, {} steps in {:.1f} s; model of epoch {}",
                       count_epochs(done.epoch), done.step, done.seconds, done.best_epoch + 1);
  }
  if (!done.best_metrics.empty()) text += ": " + metrics_line(done.best_metrics);
  return text;
}

}  // namespace spout
