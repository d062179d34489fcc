// A checkpoint: all that is needed to go on as if nothing had happened. Random numbers are
// functions of (seed, step), so weights, optimizer state and counters are everything. The file is
// written under another name and renamed when whole, so whatever bears the name is complete.
#pragma once

#include <functional>
#include <string>

#include "losses/optimizer.h"
#include "sparse/metrics/metric.h"

namespace spout {

class Model;

/// How far a run has come.
struct TrainProgress {
  int64_t epoch = 0;      // from 0; the one that `batch` belongs to
  int64_t batch = 0;      // batches done in it
  int64_t step = 0;       // batches done in all
  double loss_sum = 0.0;  // over the rows done in this epoch
  int64_t loss_rows = 0;
  double lr = 0.0;            // of the last step
  double seconds = 0.0;       // of training, so far
  MetricValues best_metrics;  // of the epoch whose model was kept; the first one chose it
  int64_t best_epoch = -1;    // that epoch; -1: none yet
  int64_t epochs_without_gain = 0;
  int64_t log_bytes = 0;  // length of log.jsonl
  bool stopped_early = false;
  std::string data;           // fingerprint of what it learns from
  std::string valid_data;     // of what it is chosen by, where that is a file of its own
  std::string label_weights;  // of --positive-weight, where it names a file
  std::string batches;        // what decides which rows a batch has
};

/// Throws FileError where the file cannot be written; the one before it then stands.
void save_checkpoint(const std::string& path, Model& model, const Optimizer& optimizer,
                     const TrainProgress& progress);

/// Restores all three.
///   check   sees the progress first, and may throw: before tensors of other data are found not to
///           fit
///   throws FileError where the file is no checkpoint or does not fit the model
TrainProgress load_checkpoint(const std::string& path, Model& model, Optimizer& optimizer,
                              const std::function<void(const TrainProgress&)>& check = nullptr);

}  // namespace spout
