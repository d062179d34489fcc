#include "spout/app/training/trainer.h"

#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "spout/app/process/interrupt.h"
#include "spout/app/training/fit_data.h"
#include "spout/app/training/initial_bias.h"
#include "spout/app/training/initial_output.h"
#include "spout/app/training/initial_vectors.h"
#include "spout/app/training/warm_start.h"
#include "spout/losses/optimizers/optimizer.h"
#include "spout/losses/optimizers/schedule.h"
#include "spout/models/base/model.h"
#include "spout/models/model_table.h"
#include "spout/sparse/base/random.h"
#include "spout/sparse/batch/block_shuffle.h"
#include "spout/sparse/batch/fingerprint.h"
#include "spout/sparse/metrics/propensity.h"

namespace spout {
namespace {

/// The share of the entries in the given rows that are not zero.
double density_of(const Csr& y, const std::vector<int64_t>& rows) {
  int64_t count = 0;
  for (const int64_t row : rows) {
    const auto values = y.row_values(row);
    count += std::count_if(values.begin(), values.end(), [](float v) { return v != 0.0F; });
  }
  return static_cast<double>(count) / static_cast<double>(rows.size()) /
         static_cast<double>(y.cols);
}

/// The model's options, with the weight of the value loss divided by the unit of these values.
ModelOptions model_options_for(const TrainOptions& options, const Csr& y) {
  ModelOptions result = model_options_of(options);
  if (find_model(options.model).has_value_head) {
    result.value.weight /= value_unit(find_value_loss(result.value.name), y);
  }
  return result;
}

/// The targets of the training rows; not copied if those are all rows of the data set.
Csr targets_of(const TrainData& data) {
  const Csr& y = data.train->y;
  const bool is_all = static_cast<int64_t>(data.rows.size()) == y.rows;  // rows are ascending
  return is_all ? y : gather_rows(y, data.rows);
}

/// The parameters that training moves.
NamedTensors trained_parameters(Model& model) {
  NamedTensors trained;
  for (const auto& [name, parameter] : named_parameters(model)) {
    if (parameter.requires_grad()) trained.emplace_back(name, parameter);
  }
  return trained;
}

/// Gives the parameters in front of the output layer a learning rate of their own.
void set_encoder_rate(Optimizer& optimizer, const NamedTensors& parameters, double factor) {
  for (const auto& [name, parameter] : parameters) {
    if (name.starts_with("encoder.")) optimizer.set_rate_factor(parameter, factor);
  }
}

constexpr const char* kAdvice = ". A smaller --lr or --clip 1 may help";

std::string row_list(const std::vector<int64_t>& rows) {
  constexpr size_t kShown = 5;
  std::string text;
  for (size_t i = 0; i < std::min(rows.size(), kShown); ++i) {
    text += fmt::format("{}{}", i == 0 ? "" : ", ", rows[i]);
  }
  return text + (rows.size() > kShown ? ", ..." : "");
}

}  // namespace

Trainer::Trainer(const TrainOptions& options, const RunFolder& folder, TrainData data,
                 c10::Device device)
    : options_(options),
      folder_(folder),
      data_(std::move(data)),
      device_(device),
      loss_(loss_of(options)),
      shape_{data_.train->x.cols(),
             data_.train->y.cols,
             density_of(data_.train->y, data_.rows),
             data_.train->x.kind(),
             data_.train->x.hidden_cols(),
             data_.train->x.tokens.numbers},
      model_(find_model(options.model)
                 .make(shape_.of_model(), model_options_for(options, data_.train->y),
                       static_cast<uint64_t>(options.seed))),
      batches_per_epoch_(
          count_batches(static_cast<int64_t>(data_.rows.size()), options.batch_size)) {
  const Csr y = targets_of(data_);
  weights_.positive = positive_weights(options_.labels, loss_, y);
  if (options_.labels.positive_weight.kind == PositiveWeight::Kind::kFile) {
    label_weights_ = fmt::format("{:08x}", fingerprint(weights_.positive));
  }
  sampler_ = label_sampler(options_.labels, loss_, y);
  begin_output(model_->output(), {options_, loss_, y, weights_.positive, *data_.train, data_.rows,
                                  data_.label_texts});
  begin_tokens(model_->encoder(), std::exchange(data_.token_vectors, {}));
  prior_ = label_popularity(y) * options_.popularity;
  model_->output().set_prior(prior_);
  if (weights_.positive.defined()) weights_.positive = weights_.positive.to(device_);
  model_->to(device_);
  parameters_ = trained_parameters(*model_);
  OptimizerOptions optimizer_options = options_.optimizer_options;
  optimizer_options.seed = static_cast<uint64_t>(options_.seed);
  optimizer_ = find_optimizer(options_.optimizer).make(parameters_, optimizer_options);
  if (options_.encoder_lr > 0.0) {
    set_encoder_rate(*optimizer_, parameters_, options_.encoder_lr / options_.lr);
  }
}

void Trainer::begin_with(const SavedModel& start) {
  spout::begin_with(start, shape_, *model_, !options_.extend.empty());
  model_->output().set_prior(prior_);  // the prior of these data, not of the other run's
}

void Trainer::resume() {
  if (!folder_.has_checkpoint()) return;
  progress_ = load_checkpoint(folder_.checkpoint_path(), *model_, *optimizer_,
                              [this](const TrainProgress& saved) { check_data(saved); });
  const bool has_best = !progress_.best_metrics.empty() && data_.valid != nullptr;
  if (has_best && progress_.best_metrics.front().first != chooser().name()) {
    progress_.best_metrics.clear();  // another metric chooses now, so the next epoch counts as best
  }
  if (progress_.batches != batches()) {
    progress_.batch = 0;
    progress_.loss_sum = 0.0;
    progress_.loss_rows = 0;
  }
  seconds_before_ = progress_.seconds;
  progress_.stopped_early = out_of_patience();  // --patience may have changed
}

void Trainer::check_data(const TrainProgress& saved) const {
  const auto check = [&](const std::string& was, const std::string& now, const std::string& path) {
    if (was == now || options_.accept_changes) return;
    throw UserError(
        fmt::format("{}: not the data that {} was begun with; --accept-changes continues with them",
                    path, folder_.path()));
  };
  check(saved.data, data_.fingerprint, options_.train);
  check(saved.valid_data, data_.valid_fingerprint,
        options_.valid.empty() ? "--valid" : options_.valid);
  check(saved.label_weights, label_weights_, options_.labels.positive_weight.file);
}

MetricSpec Trainer::chooser() const {
  return parse_metrics(options_.metrics).front();
}

bool Trainer::is_gain() const {
  if (metrics_.empty() || progress_.best_metrics.empty()) return true;
  const double now = metrics_.front().second;
  const double best = progress_.best_metrics.front().second;
  if (!std::isfinite(now) || !std::isfinite(best)) return std::isfinite(now);
  return chooser().info->is_error ? now < best : now > best;
}

int64_t Trainer::epochs() const {
  return find_model(options_.model).fit != nullptr ? 1 : options_.epochs;
}

bool Trainer::finished() const {
  return progress_.stopped_early || progress_.epoch >= epochs();
}

bool Trainer::out_of_patience() const {
  return options_.patience > 0 && progress_.epochs_without_gain >= options_.patience;
}

std::string Trainer::batches() const {
  return fmt::format("{} {} {} {} {}", data_.fingerprint, data_.rows.size(), options_.batch_size,
                     options_.seed, shuffles_blocks() ? "blocks" : "rows");
}

double Trainer::seconds() const {
  const auto now = std::chrono::steady_clock::now();
  return seconds_before_ + std::chrono::duration<double>(now - start_).count();
}

double Trainer::learning_rate() const {
  return options_.lr *
         schedule_factor(options_.schedule, options_.warmup, step_of_schedule(), total_steps());
}

int64_t Trainer::step_of_schedule() const {
  return progress_.epoch * batches_per_epoch_ + progress_.batch;
}

void Trainer::run() {
  start_ = std::chrono::steady_clock::now();
  last_checkpoint_ = start_;
  log_ = std::make_unique<RunLog>(folder_.log_path(), progress_.log_bytes);
  bar_ = std::make_unique<ProgressBar>(total_steps(), step_of_schedule());
  while (!finished()) {
    run_epoch();
    end_epoch();
  }
}

void Trainer::fit() {
  const ModelInfo& info = find_model(options_.model);
  const Features x = features_to_fit(info, data_.train->x, data_.rows);
  const Csr y = targets_of(data_);
  const auto stop = [] {
    if (interrupted()) throw Interrupted{/*is_saved=*/false};
  };
  const auto settled = [this](const SettledOptions& found) {
    std::string text = options_.model + ":";
    for (const auto& [name, value] : found)
      text += fmt::format(" --{} {}", name, value);
    bar_->line(text);
  };
  const FitInput input{
      x.sparse,         y, static_cast<uint64_t>(options_.seed), stop, settled, x.hidden,
      data_.label_texts};
  progress_.loss_rows = y.rows;
  progress_.loss_sum =
      info.fit(*model_, input, model_options_of(options_)) * static_cast<double>(y.rows);
  ++progress_.step;
}

void Trainer::run_epoch() {
  if (find_model(options_.model).fit != nullptr) return fit();
  std::vector<int64_t> order = data_.rows;
  shuffle(order);
  BatchLoader loader(*data_.train, std::move(order), options_.batch_size, progress_.batch);
  while (auto batch = loader.next()) {
    step(to_device(std::move(*batch), device_));
    if (interrupted()) {
      checkpoint();
      throw Interrupted{};
    }
    const bool last = progress_.batch == batches_per_epoch_;
    if (!last && is_time_for_checkpoint()) checkpoint();
  }
}

void Trainer::shuffle(std::vector<int64_t>& order) const {
  const auto seed = static_cast<uint64_t>(options_.seed);
  const auto epoch = static_cast<uint64_t>(progress_.epoch);
  if (shuffles_blocks()) {
    shuffle_blocks(order, {}, seed, epoch);
  } else {
    spout::shuffle(order, seed, RandomStream::kShuffle, epoch);
  }
}

bool Trainer::shuffles_blocks() const {
  if (options_.shuffle == ShuffleUnit::kAuto) return data_.train->x.in_file;
  return options_.shuffle == ShuffleUnit::kBlocks;
}

bool Trainer::is_time_for_checkpoint() const {
  if (options_.checkpoint_every > 0 && progress_.step % options_.checkpoint_every == 0) return true;
  const std::chrono::duration<double> since = std::chrono::steady_clock::now() - last_checkpoint_;
  constexpr double kMinute = 60.0;
  return options_.checkpoint_minutes > 0.0 && since.count() > kMinute * options_.checkpoint_minutes;
}

void Trainer::step(const Batch& batch) {
  const double lr = learning_rate();
  LossOptions loss_options;
  loss_options.check_target = false;  // the whole data set was checked before the run
  loss_options.weights = weights_;
  const StepRandom random{static_cast<uint64_t>(options_.seed),
                          static_cast<uint64_t>(progress_.step), /*training=*/true};
  if (sampler_) {
    loss_.drawn = sampler_->draw(options_.labels.sampled_labels, random.seed, random.step, device_);
  }
  const OutputUpdate update{*optimizer_, lr};
  const bool chunked = options_.output_layer == LayerScores::kBlocks;
  {
    const PrecisionGuard precision(options_.device.precision, device_);
    const at::Tensor loss = model_->loss(batch.x, batch.target, loss_, loss_options, random,
                                         chunked ? &update : nullptr);
    close_step();  // reads the previous step's loss while the device runs this one
    ++progress_.batch;
    ++progress_.step;
    open_ = OpenStep{ComingNumber(loss), batch.rows, lr};
    if (device_.is_cpu()) close_step();
    if (loss.requires_grad()) loss.backward();
  }
  if (options_.clip > 0.0) clip_gradients(parameters_, options_.clip);
  optimizer_->step(lr);
  model_->output().after_step();
}

const char* Trainer::what_stands() const {
  return folder_.has_checkpoint() ? "; the last checkpoint is kept" : "";
}

void Trainer::close_step() {
  if (!open_) return;
  OpenStep open = std::move(*open_);
  open_.reset();
  const double loss = open.loss.wait();
  TORCH_CHECK(std::isfinite(loss), "the loss is ", loss, " at step ", progress_.step, " (rows ",
              row_list(open.rows), ")", what_stands(), kAdvice);
  const auto rows = static_cast<int64_t>(open.rows.size());
  progress_.loss_sum += loss * static_cast<double>(rows);
  progress_.loss_rows += rows;
  progress_.lr = open.lr;
  if (progress_.step % options_.log_every == 0) {
    log_->append({progress_.step, progress_.epoch + 1, loss, open.lr, seconds()},
                 /*of_epoch=*/false);
  }
  bar_->update(step_of_schedule(), progress_.epoch + 1, epochs(), loss, rows);
}

void Trainer::measure() {
  metrics_.clear();
  if (data_.valid == nullptr) return;
  EvaluationOptions evaluation;
  evaluation.metrics = parse_metrics(options_.metrics);
  if (need_propensities(evaluation.metrics) || need_training_rows(evaluation.metrics)) {
    Csr y = targets_of(data_);
    y.cols = data_.valid->y.cols;  // with labels that training has not seen
    evaluation.labels = label_statistics(evaluation.metrics, y, options_.labels.propensity);
  }
  evaluation.sets.threshold = loss_.threshold;
  evaluation.setting = {options_.batch_size, device_, options_.device.precision};
  metrics_ = evaluate_model(*model_, *data_.valid, data_.valid_rows, evaluation);
}

void Trainer::check_weights() const {
  for (const auto& [name, parameter] : parameters_) {
    const at::Tensor weights = parameter.detach();
    if (weights.numel() == 0) continue;
    // The largest magnitude is NaN if any weight is.
    const auto largest = at::linalg_vector_norm(weights, std::numeric_limits<double>::infinity());
    TORCH_CHECK(std::isfinite(largest.item<double>()), "the weights '", name,
                "' are no longer finite after step ", progress_.step, what_stands(), kAdvice);
  }
}

void Trainer::leave_model() {
  const bool was_chosen = !progress_.best_metrics.empty();
  const bool is_last = progress_.best_epoch + 1 == progress_.epoch;
  if ((!was_chosen && !is_last) || !std::filesystem::exists(folder_.model_path())) {
    save_model(folder_.model_path(), *model_, shape_);
  }
}

void Trainer::end_epoch() {
  close_step();
  check_weights();  // before a model is chosen; checkpoint() checks again, also within epochs
  measure();
  const double mean_loss = progress_.loss_sum / static_cast<double>(progress_.loss_rows);
  log_->append({progress_.step, progress_.epoch + 1, mean_loss, progress_.lr, seconds()},
               /*of_epoch=*/true, metrics_);
  bar_->line(fmt::format("epoch {}/{}  loss {:.4f}  {}{}{:.1f} s", progress_.epoch + 1, epochs(),
                         mean_loss, metrics_line(metrics_), metrics_.empty() ? "" : "  ",
                         seconds()));
  const bool better = is_gain();
  if (better) progress_.best_metrics = metrics_;
  const bool last = progress_.epoch + 1 == epochs();
  if (better && (!metrics_.empty() || last)) {
    progress_.best_epoch = progress_.epoch;
    save_model(folder_.model_path(), *model_, shape_);
  }
  progress_.epochs_without_gain = better ? 0 : progress_.epochs_without_gain + 1;
  progress_.stopped_early = out_of_patience();
  ++progress_.epoch;
  progress_.batch = 0;
  progress_.loss_sum = 0.0;
  progress_.loss_rows = 0;
  checkpoint();
}

void Trainer::checkpoint() {
  close_step();
  check_weights();
  progress_.seconds = seconds();
  progress_.data = data_.fingerprint;
  progress_.valid_data = data_.valid_fingerprint;
  progress_.label_weights = label_weights_;
  progress_.batches = batches();
  progress_.log_bytes = log_->sync();
  save_checkpoint(folder_.checkpoint_path(), *model_, *optimizer_, progress_);
  last_checkpoint_ = std::chrono::steady_clock::now();
}

}  // namespace spout
