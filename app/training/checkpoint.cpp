#include "spout/app/training/checkpoint.h"

#include <ATen/core/grad_mode.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "spout/app/run/run_folder.h"
#include "spout/models/base/model.h"
#include "spout/sparse/base/error.h"
#include "spout/sparse/files/io/json_integer.h"
#include "spout/sparse/files/torch/torch_file.h"

namespace spout {
namespace {

using Json = nlohmann::json;

constexpr const char* kProgressRecord = "spout.json";
constexpr const char* kModelPrefix = "model:";
constexpr const char* kOptimizerPrefix = "optimizer:";

Json to_json(const TrainProgress& p) {
  return {{"epoch", p.epoch},
          {"batch", p.batch},
          {"step", p.step},
          {"loss_sum", p.loss_sum},
          {"loss_rows", p.loss_rows},
          {"lr", p.lr},
          {"seconds", p.seconds},
          {"best_metrics", p.best_metrics},
          {"best_epoch", p.best_epoch},
          {"epochs_without_gain", p.epochs_without_gain},
          {"log_bytes", p.log_bytes},
          {"stopped_early", p.stopped_early},
          {"data", p.data},
          {"valid_data", p.valid_data},
          {"label_weights", p.label_weights},
          {"batches", p.batches},
          {"search", p.search}};
}

/// Reads metrics from JSON, which has no infinity or NaN: null stands for both and becomes NaN.
MetricValues metrics_from(const Json& json) {
  MetricValues metrics;
  for (const Json& item : json) {
    const Json& value = item.at(1);
    metrics.emplace_back(item.at(0).get<std::string>(),
                         value.is_null() ? std::nan("") : value.get<double>());
  }
  return metrics;
}

TrainProgress from_json(const Json& json) {
  TrainProgress p;
  p.epoch = json_integer(json.at("epoch"), "epoch");
  p.batch = json_integer(json.at("batch"), "batch");
  p.step = json_integer(json.at("step"), "step");
  json.at("loss_sum").get_to(p.loss_sum);
  p.loss_rows = json_integer(json.at("loss_rows"), "loss_rows");
  p.lr = json.value("lr", 0.0);  // checkpoints of earlier versions lack it
  json.at("seconds").get_to(p.seconds);
  p.best_metrics = metrics_from(json.at("best_metrics"));
  p.best_epoch = json_integer(json.at("best_epoch"), "best_epoch");
  p.epochs_without_gain = json_integer(json.at("epochs_without_gain"), "epochs_without_gain");
  p.log_bytes = json_integer(json.at("log_bytes"), "log_bytes");
  json.at("stopped_early").get_to(p.stopped_early);
  json.at("data").get_to(p.data);
  json.at("valid_data").get_to(p.valid_data);
  p.label_weights = json.value("label_weights", "");
  json.at("batches").get_to(p.batches);
  p.search = json.value("search", "");
  return p;
}

void append(NamedTensors& all, const std::string& prefix, const NamedTensors& tensors) {
  for (const auto& [name, tensor] : tensors)
    all.emplace_back(prefix + name, tensor);
}

void restore_state(const Optimizer& optimizer, const TorchTensors& file) {
  for (const auto& [name, tensor] : optimizer.state()) {
    const auto found = file.described().find(kOptimizerPrefix + name);
    if (found == file.described().end() || found->second.sizes() != tensor.sizes()) {
      throw FileError(
          fmt::format("{}: expected optimizer state '{}' of the model's shape", file.path(), name));
    }
    file.read(found->first, tensor);
  }
}

TrainProgress read_progress(const TorchTensors& file) {
  try {
    return from_json(Json::parse(file.record(kProgressRecord)));
  } catch (const Json::exception&) {
    throw FileError(fmt::format("{}: expected a spout checkpoint", file.path()));
  } catch (const c10::ValueError& error) {
    throw FileError(fmt::format("{}: {}", file.path(), error.what_without_backtrace()));
  }
}

}  // namespace

void save_checkpoint(const std::string& path, Model& model, const Optimizer& optimizer,
                     const TrainProgress& progress) {
  NamedTensors tensors;
  append(tensors, kModelPrefix, named_tensors(model));
  append(tensors, kOptimizerPrefix, optimizer.state());
  write_torch_tensors(path, tensors, {{kProgressRecord, to_json(progress).dump()}},
                      /*overwrite=*/true);
}

TrainProgress read_progress(const std::string& path) {
  return read_progress(TorchTensors(path));
}

TrainProgress load_checkpoint(const std::string& path, Model& model, Optimizer& optimizer,
                              const std::function<void(const TrainProgress&)>& check) {
  const at::NoGradGuard no_grad;
  const TorchTensors file(path);
  const TrainProgress progress = read_progress(file);
  if (check) check(progress);
  load_tensors(model, file, kModelPrefix);
  restore_state(optimizer, file);
  optimizer.set_num_steps(progress.step);
  return progress;
}

}  // namespace spout
