#include "spout/app/training/blend_trainer.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "spout/app/process/interrupt.h"
#include "spout/app/process/say.h"
#include "spout/app/run/baseline.h"
#include "spout/app/run/evaluation.h"
#include "spout/app/training/blend_parts.h"
#include "spout/app/training/blend_weight.h"
#include "spout/app/training/fit_data.h"
#include "spout/app/training/held_out.h"
#include "spout/app/training/length_search.h"
#include "spout/app/training/metric_choice.h"
#include "spout/app/training/progress_bar.h"
#include "spout/app/training/validation.h"
#include "spout/models/base/model.h"
#include "spout/models/fitted/blend.h"
#include "spout/models/model_table.h"
#include "spout/sparse/batch/loader.h"
#include "spout/sparse/files/io/text_writer.h"
#include "spout/sparse/layout/entries.h"
#include "spout/sparse/metrics/propensity.h"

namespace spout {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

/// The steps of the longest training that a network by itself tries of few rows.
int64_t most_steps_of_few(int64_t rows, int64_t batch_size) {
  const int64_t trunk = longest_trunk(count_batches(rows, batch_size), kFolds);
  return std::llround(static_cast<double>(trunk) * (1.0 + LengthSearch::kDecayShare));
}

TrainOptions network_options(TrainOptions options) {
  options.model = find_model(options.model).parts.network;
  return options;
}

}  // namespace

BlendTrainer::BlendTrainer(const TrainOptions& options, const RunFolder& folder, TrainData data,
                           c10::Device device, MakeTraining make_network)
    : options_(options),
      fitted_(find_model(find_model(options.model).parts.fitted)),
      network_options_(network_options(options)),
      folder_(folder),
      data_(std::move(data)),
      device_(device),
      weight_(options.model_options.blend.weight) {
  hold_out();
  TrainData of_network = data_;
  of_network.search_ended = [this] { choose_weight(); };
  network_ = make_network(network_options_, folder.of_network(), std::move(of_network), device);
}

void BlendTrainer::hold_out() {
  all_ = data_.train;
  all_rows_ = data_.rows;
  const bool finds = finds_length(network_options_);
  const bool learns_held_out = finds && !options_.length.keep_held_out;
  if (data_.whole != nullptr && learns_held_out) {  // with the items that are held out
    all_ = data_.whole;
    all_rows_ = rows_with(all_->y, 1);
  } else if (data_.valid == data_.train && learns_held_out) {  // --valid-share
    all_rows_ = joined_rows(data_.rows, data_.valid_rows);
  }
  const bool is_asked = data_.valid != nullptr;
  const bool are_users = !data_.train->row_names.empty();  // none of whom has two items
  if (is_asked || are_users || !finds || std::ssize(all_rows_) < kFewestToHoldOut) return;
  const auto seed = static_cast<uint64_t>(options_.seed);
  const bool are_few = std::ssize(all_rows_) < kFewRows;
  const std::vector<int64_t> part =
      are_few ? random_parts(all_rows_, kFolds, seed).front() : held_out_rows(all_rows_, seed);
  Fold fold = spout::hold_out(all_rows_, {part}).front();
  data_.valid = data_.train;
  data_.rows = std::move(fold.rows);
  data_.valid_rows = std::move(fold.held_out);
  int64_t& most_steps = network_options_.length.max_steps;
  if (are_few && most_steps == 0) {
    most_steps = most_steps_of_few(std::ssize(data_.rows), options_.batch_size);
  }
  if (!learns_held_out) all_rows_ = data_.rows;
}

void BlendTrainer::begin_with(const SavedModel& start) {
  network_->begin_with(start);
  say("warm start: the network's weights; {} is fitted anew, to these rows alone\n", fitted_.name);
}

void BlendTrainer::resume() {
  network_->resume();
  // With a number of epochs the weight is chosen at the end, which may lie further on now.
  if (!finds_length(network_options_) || !fs::exists(folder_.blend_path())) return;
  std::ifstream file(folder_.blend_path());
  const Json chosen = Json::parse(file, nullptr, /*allow_exceptions=*/false);
  if (!chosen.is_object()) return;
  weight_ = chosen.value("weight", weight_);
  metrics_.clear();
  const Json settings = chosen.value(std::string(fitted_.name), Json::object());
  for (const auto& [name, value] : settings.items())
    fit_settings_.emplace_back(name, value.get<std::string>());
  const Json metrics = chosen.value("metrics", Json::object());
  for (const auto& [name, value] : metrics.items()) {
    if (value.is_number()) metrics_.emplace_back(name, value.get<double>());
  }
}

void BlendTrainer::fit(Model& blend, const Features& rows, const Csr& y) {
  const auto begin = std::chrono::steady_clock::now();
  const auto stop = [] {
    if (interrupted()) throw Interrupted{};
  };
  // What one fit has settled holds for the next: the weight was chosen with it.
  TrainOptions options = options_;
  const OptionList list = train_option_list(options);
  for (const auto& [name, value] : fit_settings_)
    set_option(*find_option(list, name), value);
  const auto settled = [&](const SettledOptions& found) {
    if (fit_settings_.empty()) say("{}\n", settled_line(fitted_.name, found));
    fit_settings_ = found;
  };
  const auto seed = static_cast<uint64_t>(options_.seed);
  ProgressBar bar(/*total_steps=*/1, /*steps_done=*/0);
  const auto progressed = [&](double share) { bar.update_share(std::string(fitted_.name), share); };
  const FitInput input{rows.sparse, y, seed, stop, progressed, settled};
  fitted_.fit(fitted_of_blend(blend), input, model_options_of(options));
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  say("{}: fitted to {} rows in {:.1f} s\n", fitted_.name, y.rows, seconds.count());
}

std::shared_ptr<Model> BlendTrainer::assemble(const Dataset& data,
                                              const std::vector<int64_t>& rows) {
  std::shared_ptr<Model> blend = blend_of_network(options_, folder_.of_network().model_path());
  const Csr y = targets_of(data, rows);
  fit(*blend, features_to_fit(fitted_, data.x, rows), y);
  blend->output().set_prior(label_popularity(y) * options_.popularity);
  blend->to(device_);
  return blend;
}

void BlendTrainer::choose_weight() {
  if (data_.valid == nullptr) return;
  const std::shared_ptr<Model> blend = assemble(*data_.train, data_.rows);
  const Csr y = targets_of(*data_.train, data_.rows);
  const EvaluationOptions evaluation =
      validation_options(options_, [&] { return Csr(y); }, data_.valid->y.cols, device_);
  if (weight_ >= 0.0) {
    set_blend_weight(*blend, weight_);
    metrics_ = evaluate_model(*blend, *data_.valid, data_.valid_rows, evaluation);
  } else {
    BlendWeightTrials trials;
    trials.measure(*blend, *data_.valid, data_.valid_rows, evaluation);
    const size_t chosen = trials.chosen(options_.metrics);
    metrics_ = trials.metrics(chosen);
    weight_ = kBlendWeights.at(chosen);
    say("{}: {} on held-out rows\n", fitted_.name, metrics_line(trials.metrics(0)));
  }
  say("blend: --blend-weight {}: {} on held-out rows\n", weight_, metrics_line(metrics_));
  const std::string warning = baseline_warning(
      options_.metrics, choosing_value(metrics_, options_.metrics),
      choosing_value(baseline_metrics(y, *data_.valid, data_.valid_rows, options_.metrics,
                                      options_.labels.propensity),
                     options_.metrics));
  if (!warning.empty()) say("{}\n", warning);
  write_choice();
  if (!learns_held_out()) whole_ = blend;
}

void BlendTrainer::write_choice() const {
  Json metrics = Json::object();
  for (const auto& [name, value] : metrics_)
    metrics[name] = value;
  TextWriter writer(folder_.blend_path(), /*overwrite=*/true);
  Json settings = Json::object();
  for (const auto& [name, value] : fit_settings_)
    settings[name] = value;
  const Json chosen{
      {"weight", weight_}, {std::string(fitted_.name), settings}, {"metrics", metrics}};
  writer.append(chosen.dump(1) + "\n");
  writer.commit();
}

void BlendTrainer::save() {
  if (weight_ < 0.0 && data_.valid != nullptr) {
    throw FileError(
        fmt::format("{}: expected the weight that held-out rows have chosen; --force trains anew",
                    folder_.blend_path()));
  }
  if (weight_ < 0.0) {
    weight_ = kBlendWeights.at(kUsualBlendWeight);
    say("blend: --blend-weight {}, since no rows are held out to choose it by\n", weight_);
  }
  const std::shared_ptr<Model> blend = whole_ != nullptr ? whole_ : assemble(*all_, all_rows_);
  set_blend_weight(*blend, weight_);
  save_model(folder_.model_path(), *blend, read_shape(folder_.of_network().model_path()));
}

void BlendTrainer::run() {
  if (!network_->finished()) fs::remove(folder_.model_path());  // that of fewer epochs
  network_->run();
  network_->leave_model();
  if (!finds_length(network_options_)) choose_weight();
  save();
}

bool BlendTrainer::finished() const {
  return network_->finished() && fs::exists(folder_.model_path());
}

void BlendTrainer::leave_model() {
  if (!fs::exists(folder_.model_path())) run();
}

std::string BlendTrainer::outcome() const {
  std::string text = "network: " + network_->outcome();
  if (metrics_.empty()) return text;
  return text + fmt::format("\nblend: {}{}", metrics_line(metrics_),
                            learns_held_out() ? " before it learned from the held-out rows" : "");
}

}  // namespace spout
