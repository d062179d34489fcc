#include "spout/app/training/length_trainer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include <fmt/format.h>

#include "spout/app/process/say.h"
#include "spout/app/run/baseline.h"
#include "spout/app/run/evaluation.h"
#include "spout/app/training/metric_choice.h"
#include "spout/losses/optimizers/schedule.h"
#include "spout/models/base/model.h"
#include "spout/sparse/layout/entries.h"

namespace spout {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr int64_t kShortest = 64;  // steps of the first trunk, if an epoch has not more
constexpr double kMinute = 60.0;
constexpr double kTimeReserve = 0.03;  // the share of --max-minutes for what is not training

constexpr std::array kStages{"trunk", "decay", "final", "done"};

}  // namespace

LengthTrainer::LengthTrainer(const TrainOptions& options, const RunFolder& folder, TrainData data,
                             c10::Device device)
    : options_(options),
      folder_(folder),
      data_(std::move(data)),
      device_(device),
      search_(LengthLimits{}) {
  choose_folds();
  set_limits();
  go_to_trunk();
}

void LengthTrainer::choose_folds() {
  all_rows_ = data_.rows;
  const bool has_own_rows = data_.valid == data_.train;  // --valid-share
  if (data_.whole != nullptr) {
    all_rows_ = rows_with(data_.whole->y, 1);
  } else if (has_own_rows) {
    all_rows_ = joined_rows(data_.rows, data_.valid_rows);
  }
  if (data_.valid != nullptr) {
    folds_.push_back({data_.rows, data_.valid_rows});
    return;
  }
  data_.valid = data_.train;
  if (std::ssize(all_rows_) < kFewestToHoldOut || !data_.train->row_names.empty()) {
    folds_.push_back({all_rows_, all_rows_});
    return;
  }
  const auto seed = static_cast<uint64_t>(options_.seed);
  const bool are_few = std::ssize(all_rows_) < kFewRows && options_.warm_start.empty();
  folds_ = are_few ? hold_out(all_rows_, random_parts(all_rows_, kFolds, seed))
                   : hold_out(all_rows_, {held_out_rows(all_rows_, seed)});
}

void LengthTrainer::set_limits() {
  LengthLimits limits;
  limits.patience = options_.length.patience;
  const int64_t batches = count_batches(std::ssize(folds_[0].rows), options_.batch_size);
  limits.first = std::max(batches, kShortest);
  limits.most = longest_trunk(batches, std::ssize(folds_));
  // Nothing can be measured where no user has two items.
  const bool are_items = !data_.train->row_names.empty();
  if (are_items && data_.valid == data_.train) limits.most = limits.first;
  if (std::ssize(all_rows_) < kFewRows) limits.least_gain = kGainOfFewRows;
  if (data_.whole != nullptr) {  // users and items, whose networks gain a little for very long
    limits.least_gain = kGainOfUsers;
    limits.patience = 1;
  }
  if (options_.length.max_steps > 0) {
    limits.most = std::max<int64_t>(std::llround(static_cast<double>(options_.length.max_steps) /
                                                 (1.0 + LengthSearch::kDecayShare)),
                                    1);
    limits.first = std::min(limits.first, limits.most);
  }
  limits.folds = std::ssize(folds_);
  limits.rival = options_.length.rival;
  limits.is_error = choosing_metric(options_.metrics).info->is_error;
  double sum = 0.0;
  double sum_of_first = 0.0;
  for (const Fold& fold : folds_) {
    const MetricValues values =
        baseline_metrics(targets_of(*data_.train, fold.rows), *data_.valid, fold.held_out,
                         options_.metrics, options_.labels.propensity);
    sum += choosing_value(values, options_.metrics);
    sum_of_first += value_of(choosing_metric(options_.metrics), values);
    if (baseline_.empty()) baseline_ = values;
  }
  limits.baseline = sum / static_cast<double>(limits.folds);
  // No training can beat a first metric of 1, so that a flat start has to end the search.
  constexpr double kPerfect = 1.0 - 1e-9;
  const double first = sum_of_first / static_cast<double>(limits.folds);
  if (!limits.is_error && first >= kPerfect) limits.baseline = -1.0;
  search_ = LengthSearch(limits);
}

bool LengthTrainer::learns_held_out() const {
  if (options_.length.keep_held_out) return false;
  if (data_.whole != nullptr) return true;
  return data_.valid == data_.train && folds_[0].rows.size() != all_rows_.size();
}

void LengthTrainer::make_steps(const std::vector<int64_t>& rows) {
  const std::unique_ptr<TrainingSteps> before = std::move(steps_);
  steps_ = std::make_unique<TrainingSteps>(options_, folder_, data_, rows, device_);
  if (before != nullptr) steps_->follow(*before);
}

void LengthTrainer::go_to_fold(int64_t fold) {
  if (fold_of_steps_ == fold) return;
  make_steps(folds_[static_cast<size_t>(fold)].rows);
  fold_of_steps_ = fold;
}

void LengthTrainer::go_to_trunk() {
  const int64_t fold = search_.fold();
  go_to_fold(fold);
  if (search_.index() > 0) steps_->take_state(trunk_path(fold, search_.index() - 1));
}

std::string LengthTrainer::trunk_path(int64_t fold, int64_t index) const {
  return fmt::format("{}/fold-{}-length-{}.pt", folder_.search_path(), fold, index);
}

void LengthTrainer::note_stage() {
  steps_->progress().search = Json{{"stage", kStages.at(static_cast<size_t>(stage_))},
                                   {"lengths", search_.state()},
                                   {"metric", choosing_name(options_.metrics)}}
                                  .dump();
}

void LengthTrainer::save_stage(Stage stage) {
  stage_ = stage;
  note_stage();
  steps_->checkpoint();
}

void LengthTrainer::resume() {
  if (!folder_.has_checkpoint()) return;
  const TrainProgress saved = read_progress(folder_.checkpoint_path());
  try {
    const Json json = Json::parse(saved.search);
    const auto name = json.at("stage").get<std::string>();
    const auto* found = std::find(kStages.begin(), kStages.end(), name);
    stage_ = static_cast<Stage>(found - kStages.begin());
    const int64_t most = search_.limits().most;
    search_.restore(json.at("lengths").get<std::string>());
    if (options_.length.max_steps > 0 && search_.limits().most > most) {
      throw UserError(fmt::format("--max-steps {}: {} was begun with a larger bound, or with none",
                                  options_.length.max_steps, folder_.path()));
    }
    const auto metric = json.at("metric").get<std::string>();
    const std::string now = choosing_name(options_.metrics);
    if (metric != now && stage_ != Stage::kDone) {
      throw UserError(
          fmt::format("--metrics {}: {} looks for its length by {}", now, folder_.path(), metric));
    }
  } catch (const Json::exception&) {
    throw UserError(
        fmt::format("--epochs auto: {} was begun with a number of epochs", folder_.path()));
  } catch (const c10::ValueError& error) {
    throw FileError(
        fmt::format("{}: {}", folder_.checkpoint_path(), error.what_without_backtrace()));
  }
  const bool has_all_rows = stage_ == Stage::kFinal || (stage_ == Stage::kDone && learns_final());
  if (has_all_rows) {
    go_to_all_rows();
  } else {
    go_to_fold(stage_ == Stage::kDone ? 0 : search_.fold());
  }
  steps_->resume();
}

double LengthTrainer::rate(const TrainingLength& length) const {
  const int64_t step = progress().step;
  const double warmup = options_.warmup * static_cast<double>(search_.limits().first);
  const auto done = static_cast<double>(step);
  if (done < warmup) return options_.lr * (done + 1.0) / (warmup + 1.0);
  if (step < length.trunk) return options_.lr;
  return options_.lr *
         schedule_factor(options_.schedule, 0.0, step - length.trunk + 1, length.decay + 1);
}

void LengthTrainer::train(const TrainingLength& length, int64_t last_step,
                          const std::function<bool()>& is_done) {
  const auto is_over = [&] { return progress().step >= last_step || (is_done && is_done()); };
  steps_->open(last_step);
  begin_step_ = progress().step;
  begin_seconds_ = steps_->seconds();
  while (!is_over()) {
    steps_->train_epoch([&] { return rate(length); }, is_over);
    if (!steps_->is_epoch_done()) break;
    const int64_t epoch = progress().epoch + 1;
    const double loss = steps_->end_epoch();
    steps_->log().append({progress().step, epoch, loss, progress().lr, steps_->seconds()},
                         /*of_epoch=*/true);
  }
  trained_steps_ += progress().step - begin_step_;
  trained_seconds_ += steps_->seconds() - begin_seconds_;
  begin_step_ = progress().step;
  begin_seconds_ = steps_->seconds();
}

double LengthTrainer::seconds_a_step() const {
  const int64_t steps = trained_steps_ + progress().step - begin_step_;
  const double seconds = trained_seconds_ + steps_->seconds() - begin_seconds_;
  return steps == 0 ? 0.0 : seconds / static_cast<double>(steps);
}

bool LengthTrainer::is_out_of_time() const {
  if (options_.length.max_minutes <= 0.0) return false;
  const TrainingLength length = search_.current();
  double steps = 0.0;
  if (has_folds()) {
    if (search_.fold() != 0 || search_.index() == 0) return false;
    const int64_t before = search_.length(search_.index() - 1).trunk;
    steps = static_cast<double>(search_.limits().folds * (length.trunk - before + length.decay) +
                                final_length().steps());
  } else {
    // The branch from here, and the last one with all rows.
    const double decay = static_cast<double>(progress().step) * LengthSearch::kDecayShare;
    steps = decay * (learns_held_out() ? 2.0 : 1.0);
  }
  return steps_->seconds() + steps * seconds_a_step() + measuring_seconds_ >
         options_.length.max_minutes * kMinute * (1.0 - kTimeReserve);
}

void LengthTrainer::run_trunk() {
  const TrainingLength length = search_.current();
  const auto is_late = [&] {
    if (search_.is_cut() || !is_out_of_time()) return false;
    const int64_t last = search_.index() == 0 ? 0 : search_.length(search_.index() - 1).trunk;
    search_.cut(has_folds() ? last : std::max<int64_t>(progress().step, 1));
    return true;
  };
  if (!is_late()) train(length, length.trunk, is_late);
  if (search_.is_cut()) {
    save_stage(Stage::kTrunk);  // what the clock decided is not decided again
    steps_->bar().line("the time is up: no longer training is tried (--max-minutes)");
    if (search_.is_over()) return end_search();
  }
  fs::create_directories(folder_.search_path());
  steps_->save_state(trunk_path(search_.fold(), search_.index()));
  save_stage(Stage::kDecay);
}

void LengthTrainer::run_decay() {
  const TrainingLength length = search_.current();
  train(length, length.steps());
  steps_->check_weights();
  const int64_t fold = search_.fold();
  const int64_t index = search_.index();
  const double begin = steps_->seconds();
  const std::vector<int64_t>& held_out = folds_[static_cast<size_t>(fold)].held_out;
  const MetricValues metrics = steps_->measure(*data_.valid, held_out);
  const bool has_loss = need_loss(parse_metrics(options_.metrics));
  const double loss = has_loss ? value_of(parse_metrics("loss").front(), metrics)
                               : steps_->measure_loss(*data_.valid, held_out);
  measuring_seconds_ = steps_->seconds() - begin;
  search_.add(choosing_value(metrics, options_.metrics));
  report(length, fold, metrics, loss);
  if (!has_folds() && search_.best() == index) {
    steps_->progress().best_metrics = metrics;
    save_model(folder_.model_path(), steps_->model(), steps_->shape());
  }
  if (search_.is_over()) {
    end_search();
  } else {
    go_to_trunk();
    save_stage(Stage::kTrunk);
  }
  std::error_code ignored;
  for (int64_t i = 0; i < index; ++i) {
    if (has_folds() || i != search_.best()) fs::remove(trunk_path(fold, i), ignored);
  }
}

void LengthTrainer::report(const TrainingLength& length, int64_t fold, MetricValues metrics,
                           double loss) {
  if (!has_folds()) {
    steps_->bar().line(fmt::format("{} steps ({:.3g} epochs): {}  held-out loss {:.4f}  {:.1f} s",
                                   length.steps(), epochs_of(length.steps()), metrics_line(metrics),
                                   loss, steps_->seconds()));
  } else if (fold + 1 == search_.limits().folds) {
    steps_->bar().line(fmt::format(
        "{} steps ({:.3g} epochs): {} {:.4f}, the mean of {} folds  {:.1f} s", length.steps(),
        epochs_of(length.steps()), choosing_name(options_.metrics),
        search_.metric(search_.index() - 1), search_.limits().folds, steps_->seconds()));
  }
  metrics.emplace_back("valid_loss", loss);
  if (has_folds()) metrics.emplace_back("fold", static_cast<double>(fold + 1));
  const TrainProgress& done = progress();
  const double mean =
      done.loss_rows > 0 ? done.loss_sum / static_cast<double>(done.loss_rows) : std::nan("");
  steps_->log().append({done.step, done.epoch + 1, mean, done.lr, steps_->seconds()},
                       /*of_epoch=*/true, metrics);
}

double LengthTrainer::epochs_of(int64_t steps) const {
  return static_cast<double>(steps) / static_cast<double>(steps_->batches_per_epoch());
}

void LengthTrainer::go_to_all_rows() {
  const Dataset& data = data_.whole != nullptr ? *data_.whole : *data_.train;
  if (has_folds()) {
    make_steps(all_rows_);
    return;
  }
  steps_->take_rows(data, all_rows_);
}

TrainingLength LengthTrainer::final_length() const {
  TrainingLength length = search_.best_length();
  if (!has_folds()) return length;
  double more = static_cast<double>(all_rows_.size()) / static_cast<double>(folds_[0].rows.size());
  if (options_.length.max_steps > 0) {
    more = std::min(
        more, static_cast<double>(options_.length.max_steps) / static_cast<double>(length.steps()));
  }
  const int64_t steps = std::llround(more * static_cast<double>(length.steps()));
  length.trunk = std::llround(more * static_cast<double>(length.trunk));
  length.decay = steps - length.trunk;
  return length;
}

void LengthTrainer::end_search() {
  const bool holds_out = folds_[0].rows.size() != all_rows_.size() || data_.valid != data_.train;
  steps_->bar().line(
      fmt::format("length: {} steps, {} {:.4f} on {}", search_.best_length().steps(),
                  choosing_name(options_.metrics), search_.metric(search_.best()),
                  holds_out ? "held-out rows" : "the training rows, since none can be held out"));
  if (data_.search_ended) data_.search_ended();
  if (!learns_final()) return save_stage(Stage::kDone);
  if (!has_folds()) steps_->take_state(trunk_path(0, search_.best()));
  go_to_all_rows();
  save_stage(Stage::kFinal);
}

void LengthTrainer::run_final() {
  const TrainingLength length = final_length();
  train(length, length.steps());
  steps_->check_weights();
  save_model(folder_.model_path(), steps_->model(), steps_->shape());
  save_stage(Stage::kDone);
}

void LengthTrainer::run() {
  note_stage();
  steps_->open(search_.current().trunk);
  if (!baseline_.empty()) steps_->bar().line(baseline_line(baseline_));
  while (stage_ != Stage::kDone) {
    if (stage_ == Stage::kTrunk) {
      run_trunk();
    } else if (stage_ == Stage::kDecay) {
      run_decay();
    } else {
      run_final();
    }
  }
  std::error_code ignored;
  fs::remove_all(folder_.search_path(), ignored);
  const std::string warning =
      baseline_warning(options_.metrics, search_.metric(search_.best()), search_.limits().baseline);
  const bool is_part = data_.search_ended != nullptr;
  if (!warning.empty() && !is_part) say("{}\n", warning);
}

void LengthTrainer::leave_model() {
  if (fs::exists(folder_.model_path())) return;
  save_model(folder_.model_path(), steps_->model(), steps_->shape());
}

std::string LengthTrainer::outcome() const {
  const TrainingLength length = final_length();
  std::string text =
      fmt::format("trained {} steps ({:.3g} epochs), the best of {} lengths, in {:.1f} s",
                  length.steps(), epochs_of(length.steps()), search_.index(), progress().seconds);
  const MetricValues values =
      has_folds() ? MetricValues{{choosing_name(options_.metrics), search_.metric(search_.best())}}
                  : progress().best_metrics;
  return text + fmt::format("; {}{}", metrics_line(values),
                            learns_final() ? " before it learned from the held-out rows" : "");
}

}  // namespace spout
