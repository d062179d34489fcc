// A checkpoint holds all that an interrupted training needs to continue with the same bits. Random
// numbers are functions of (seed, step), so that weights, optimizer state and counters suffice. The
// file is written under another name and renamed when it is complete.
#pragma once

#include <functional>
#include <string>

#include "spout/losses/optimizers/optimizer.h"
#include "spout/sparse/metrics/metric.h"

namespace spout {

class Model;

/// How far a run has come.
struct TrainProgress {
  int64_t epoch = 0;      // the current epoch, counted from 0
  int64_t batch = 0;      // batches done in this epoch
  int64_t step = 0;       // batches done in all
  double loss_sum = 0.0;  // the sum over the rows done in this epoch
  int64_t loss_rows = 0;  // the number of those rows
  double lr = 0.0;        // the learning rate of the last step
  double seconds = 0.0;   // the time trained so far
  // The metrics of the epoch whose model was kept; the first of them chose it.
  MetricValues best_metrics;
  int64_t best_epoch = -1;  // that epoch; -1: none yet
  int64_t epochs_without_gain = 0;
  int64_t log_bytes = 0;  // the length of log.jsonl
  bool stopped_early = false;
  // Fingerprints: of the training data, of the validation data if they are a file of their own, and
  // of the weights that --positive-weight FILE.npy gives.
  std::string data;
  std::string valid_data;
  std::string label_weights;
  // Text that changes whenever a batch would hold other rows.
  std::string batches;
  // The state of a search for the length of the training (length_trainer.h); empty: there is none.
  std::string search;
};

/// Writes a checkpoint.
///   throws FileError if the file cannot be written; the previous checkpoint is then kept
void save_checkpoint(const std::string& path, Model& model, const Optimizer& optimizer,
                     const TrainProgress& progress);

/// Reads the progress alone. Errors as load_checkpoint().
TrainProgress read_progress(const std::string& path);

/// Restores weights and optimizer state, and returns the progress.
///   check   (may be empty) receives the progress first and may throw, so that data that have
///           changed are reported as such rather than as tensors that do not fit
///   throws FileError if the file is no checkpoint or does not fit the model
TrainProgress load_checkpoint(const std::string& path, Model& model, Optimizer& optimizer,
                              const std::function<void(const TrainProgress&)>& check = nullptr);

}  // namespace spout
