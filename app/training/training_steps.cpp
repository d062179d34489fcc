#include "spout/app/training/training_steps.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/linalg_vector_norm.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "spout/app/process/interrupt.h"
#include "spout/app/training/initial_bias.h"
#include "spout/app/training/initial_output.h"
#include "spout/app/training/initial_vectors.h"
#include "spout/app/training/validation.h"
#include "spout/app/training/warm_start.h"
#include "spout/losses/optimizers/optimizer.h"
#include "spout/models/base/model.h"
#include "spout/models/model_table.h"
#include "spout/sparse/base/random.h"
#include "spout/sparse/batch/block_shuffle.h"
#include "spout/sparse/batch/fingerprint.h"
#include "spout/sparse/layout/entries.h"

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

/// Lets the weights that predict values move in the unit of these values: their predictions then
/// take as many steps to come near to values of hundreds as to values of one.
void set_value_rate(const TrainOptions& options, const Csr& y, const NamedTensors& parameters,
                    Optimizer& optimizer) {
  if (!find_model(options.model).has_value_head) return;
  const double variance = value_unit(find_value_loss(options.model_options.value.name), y);
  // Steps of sgd grow with the gradient, which falls as the unit rises; those of others do not.
  const double factor = options.optimizer == "sgd" ? variance : std::sqrt(variance);
  for (const auto& [name, parameter] : parameters) {
    if (name.starts_with("output.value_")) optimizer.set_rate_factor(parameter, factor);
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

Csr targets_of(const Dataset& data, const std::vector<int64_t>& rows) {
  const Csr& y = data.y;
  const bool is_all = static_cast<int64_t>(rows.size()) == y.rows;  // rows are ascending
  return is_all ? y : gather_rows(y, rows);
}

TrainingSteps::TrainingSteps(const TrainOptions& options, const RunFolder& folder, TrainData& data,
                             std::vector<int64_t> rows, c10::Device device)
    : options_(options),
      folder_(folder),
      data_(data),
      train_(data.train),
      rows_(std::move(rows)),
      device_(device),
      loss_(loss_of(options)),
      shape_{train_->x.cols(), train_->y.cols,          density_of(train_->y, rows_),
             train_->x.kind(), train_->x.hidden_cols(), train_->x.tokens.numbers},
      model_(find_model(options.model)
                 .make(shape_.of_model(), model_options_for(options, train_->y),
                       static_cast<uint64_t>(options.seed))),
      batches_per_epoch_(count_batches(static_cast<int64_t>(rows_.size()), options.batch_size)) {
  const Csr y = targets_of(*train_, rows_);
  set_up_labels(y);
  begin_output(model_->output(),
               {options_, loss_, y, weights_.positive, *train_, rows_, data_.label_texts});
  begin_tokens(model_->encoder(), data_.token_vectors);
  model_->output().set_prior(prior_);
  if (weights_.positive.defined()) weights_.positive = weights_.positive.to(device_);
  model_->to(device_);
  parameters_ = trained_parameters(*model_);
  OptimizerOptions optimizer_options = options_.optimizer_options;
  optimizer_options.seed = static_cast<uint64_t>(options_.seed);
  optimizer_ = find_optimizer(options_.optimizer).make(parameters_, optimizer_options);
  set_value_rate(options_, y, parameters_, *optimizer_);
  if (options_.encoder_lr > 0.0) {
    set_encoder_rate(*optimizer_, parameters_, options_.encoder_lr / options_.lr);
  }
}

void TrainingSteps::set_up_labels(const Csr& y) {
  weights_.positive = positive_weights(options_.labels, loss_, y);
  if (options_.labels.positive_weight.kind == PositiveWeight::Kind::kFile) {
    label_weights_ = fmt::format("{:08x}", fingerprint(weights_.positive));
  }
  sampler_ = label_sampler(options_.labels, loss_, y);
  prior_ = label_popularity(y) * options_.popularity;
}

void TrainingSteps::begin_with(const SavedModel& start) {
  spout::begin_with(start, shape_, *model_, !options_.extend.empty());
  model_->output().set_prior(prior_);  // the prior of these data, not of the other run's
}

void TrainingSteps::resume() {
  progress_ = load_checkpoint(folder_.checkpoint_path(), *model_, *optimizer_,
                              [this](const TrainProgress& saved) { check_data(saved); });
  if (progress_.batches != batches()) {
    progress_.batch = 0;
    progress_.loss_sum = 0.0;
    progress_.loss_rows = 0;
  }
  seconds_before_ = progress_.seconds;
}

void TrainingSteps::check_data(const TrainProgress& saved) const {
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

std::string TrainingSteps::batches() const {
  return fmt::format("{} {} {} {} {}", data_.fingerprint, rows_.size(), options_.batch_size,
                     options_.seed, shuffles_blocks() ? "blocks" : "rows");
}

double TrainingSteps::seconds() const {
  const auto now = std::chrono::steady_clock::now();
  return seconds_before_ + std::chrono::duration<double>(now - start_).count();
}

void TrainingSteps::follow(TrainingSteps& before) {
  progress_.best_metrics = before.progress_.best_metrics;
  progress_.log_bytes = before.progress_.log_bytes;
  log_ = std::move(before.log_);
  bar_ = std::move(before.bar_);
  start_ = before.start_;
  last_checkpoint_ = before.last_checkpoint_;
  seconds_before_ = before.seconds_before_;
}

void TrainingSteps::open(int64_t total_steps, int64_t epochs) {
  epochs_ = epochs;
  if (log_ == nullptr) {
    start_ = std::chrono::steady_clock::now();
    last_checkpoint_ = start_;
    log_ = std::make_unique<RunLog>(folder_.log_path(), progress_.log_bytes);
  }
  bar_ = std::make_unique<ProgressBar>(total_steps, progress_.step);
}

void TrainingSteps::train_epoch(const std::function<double()>& rate,
                                const std::function<bool()>& is_done) {
  std::vector<int64_t> order = rows_;
  shuffle(order);
  BatchLoader loader(*train_, std::move(order), options_.batch_size, progress_.batch);
  const auto is_over = [&] { return is_epoch_done() || (is_done && is_done()); };
  while (!is_over()) {
    std::optional<Batch> batch = loader.next();
    if (!batch) break;
    step(to_device(std::move(*batch), device_), rate());
    if (interrupted()) {
      checkpoint();
      throw Interrupted{};
    }
    if (!is_epoch_done() && is_time_for_checkpoint()) checkpoint();
  }
  close_step();
}

double TrainingSteps::end_epoch() {
  close_step();
  const double mean = progress_.loss_sum / static_cast<double>(progress_.loss_rows);
  ++progress_.epoch;
  progress_.batch = 0;
  progress_.loss_sum = 0.0;
  progress_.loss_rows = 0;
  return mean;
}

void TrainingSteps::take_rows(const Dataset& data, std::vector<int64_t> rows) {
  train_ = &data;
  rows_ = std::move(rows);
  batches_per_epoch_ = count_batches(static_cast<int64_t>(rows_.size()), options_.batch_size);
  progress_.batch = 0;
  progress_.loss_sum = 0.0;
  progress_.loss_rows = 0;
}

void TrainingSteps::shuffle(std::vector<int64_t>& order) const {
  const auto seed = static_cast<uint64_t>(options_.seed);
  const auto epoch = static_cast<uint64_t>(progress_.epoch);
  if (shuffles_blocks()) {
    shuffle_blocks(order, {}, seed, epoch);
  } else {
    spout::shuffle(order, seed, RandomStream::kShuffle, epoch);
  }
}

bool TrainingSteps::shuffles_blocks() const {
  if (options_.shuffle == ShuffleUnit::kAuto) return train_->x.in_file;
  return options_.shuffle == ShuffleUnit::kBlocks;
}

bool TrainingSteps::is_time_for_checkpoint() const {
  if (options_.checkpoint_every > 0 && progress_.step % options_.checkpoint_every == 0) return true;
  const std::chrono::duration<double> since = std::chrono::steady_clock::now() - last_checkpoint_;
  constexpr double kMinute = 60.0;
  return options_.checkpoint_minutes > 0.0 && since.count() > kMinute * options_.checkpoint_minutes;
}

void TrainingSteps::step(const Batch& batch, double lr) {
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

const char* TrainingSteps::what_stands() const {
  return folder_.has_checkpoint() ? "; the last checkpoint is kept" : "";
}

void TrainingSteps::close_step() {
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
  bar_->update(progress_.step, progress_.epoch + 1, epochs_, loss, rows);
}

MetricValues TrainingSteps::measure(const Dataset& data, const std::vector<int64_t>& rows) {
  const EvaluationOptions evaluation = validation_options(
      options_, [this] { return targets_of(*train_, rows_); }, data.y.cols, device_);
  MetricValues values = evaluate_model(*model_, data, rows, evaluation);
  for (size_t i = 0; i < values.size(); ++i) {
    if (evaluation.metrics[i].info->is_loss) values[i].second = measure_loss(data, rows);
  }
  return values;
}

double TrainingSteps::measure_loss(const Dataset& data, const std::vector<int64_t>& rows) {
  LossOptions loss_options;
  loss_options.check_target = false;
  loss_options.weights = weights_;
  Loss loss_of_all = loss_;
  loss_of_all.drawn = nullptr;  // labels that a training step has drawn
  Dataset known = data;
  known.y = keep_columns(data.y, shape_.labels);  // validation data may name more
  double sum = 0.0;
  for_each_batch(known, rows, Csr{}, {options_.batch_size, device_, options_.device.precision},
                 [&](const Batch& batch, const Csr*) {
                   const at::Tensor loss = model_->loss(batch.x, batch.target, loss_of_all,
                                                        loss_options, StepRandom{}, nullptr);
                   sum += loss.item<double>() * static_cast<double>(batch.rows.size());
                 });
  return sum / static_cast<double>(rows.size());
}

void TrainingSteps::check_weights() const {
  for (const auto& [name, parameter] : parameters_) {
    const at::Tensor weights = parameter.detach();
    if (weights.numel() == 0) continue;
    // The largest magnitude is NaN if any weight is.
    const auto largest = at::linalg_vector_norm(weights, std::numeric_limits<double>::infinity());
    TORCH_CHECK(std::isfinite(largest.item<double>()), "the weights '", name,
                "' are no longer finite after step ", progress_.step, what_stands(), kAdvice);
  }
}

void TrainingSteps::checkpoint() {
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

void TrainingSteps::save_state(const std::string& path) {
  close_step();
  save_checkpoint(path, *model_, *optimizer_, progress_);
}

void TrainingSteps::take_state(const std::string& path) {
  const TrainProgress saved = load_checkpoint(path, *model_, *optimizer_);
  progress_.epoch = saved.epoch;
  progress_.batch = saved.batch;
  progress_.step = saved.step;
  progress_.loss_sum = saved.loss_sum;
  progress_.loss_rows = saved.loss_rows;
}

}  // namespace spout
