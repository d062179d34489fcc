// The training loop: batches in, steps, validation, checkpoints. What it decides it decides by the
// options; random numbers depend on (seed, step) only, so that a resumed run repeats an unbroken
// one.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "app/device.h"
#include "app/evaluation.h"
#include "app/run_folder.h"
#include "app/training/checkpoint.h"
#include "app/training/progress_bar.h"
#include "app/training/run_log.h"
#include "losses/loss.h"
#include "sparse/batch/loader.h"
#include "sparse/metrics/metric.h"

namespace spout {

/// The rows to learn from and those to choose by; the latter may be none.
struct TrainData {
  const Dataset* train = nullptr;
  std::vector<int64_t> rows;
  const Dataset* valid = nullptr;
  std::vector<int64_t> valid_rows;
  std::string fingerprint;        // of `train`
  std::string valid_fingerprint;  // of validation data of their own; else empty
};

class Trainer {
 public:
  /// options  must outlive the trainer
  Trainer(const TrainOptions& options, const RunFolder& folder, TrainData data, c10::Device device);

  /// Takes over another run's weights; see warm_start.h.
  void begin_with(const SavedModel& start);

  /// Goes on from the folder's checkpoint, if there is one; an epoch whose batches would be others
  /// now begins anew.
  ///   throws UserError where it learnt from other data, unless --accept-changes
  void resume();

  /// Trains to the last epoch and leaves the best model in the folder.
  ///   throws Interrupted once the state is saved, Error on a loss that is not finite
  void run();

  /// By the number of epochs, or since none of the last --patience ones gained anything.
  bool finished() const;

  /// Of a finished run: saves the weights as its model where validation has chosen none, as in a
  /// run that was interrupted and then resumed with fewer epochs.
  void leave_model();

  const TrainProgress& progress() const { return progress_; }
  /// Of the epoch whose model was kept; empty without validation rows.
  const MetricValues& best_metrics() const { return progress_.best_metrics; }
  Model& model() { return *model_; }

 private:
  /// A step whose loss has not been looked at yet.
  struct OpenStep {
    ComingNumber loss;
    std::vector<int64_t> rows;
    double lr;
  };

  void run_epoch();
  /// The whole training of a model that is worked out.
  void fit();
  void step(const Batch& batch);
  /// Reads the loss of the step that is open, if one is, and books it.
  ///   throws Error where it is not finite
  void close_step();
  void end_epoch();
  void measure();
  void checkpoint();
  /// The order of this epoch.
  ///   order  ascending rows
  void shuffle(std::vector<int64_t>& order) const;
  bool shuffles_blocks() const;
  bool is_time_for_checkpoint() const;
  /// Throws UserError where the data are not those of the checkpoint, unless they may be others.
  void check_data(const TrainProgress& saved) const;
  /// The metric that chooses the model.
  MetricSpec chooser() const;
  /// Whether this epoch's metric is better than that of the model kept.
  bool is_gain() const;
  const char* what_stands() const;
  void check_weights() const;
  double learning_rate() const;
  /// How far the learning-rate curve has come, of total_steps(): the steps taken unless batches
  /// have become others since.
  int64_t step_of_schedule() const;
  /// What decides which rows a batch has.
  std::string batches() const;
  bool out_of_patience() const;
  int64_t total_steps() const { return options_.epochs * batches_per_epoch_; }
  double seconds() const;

  const TrainOptions& options_;
  RunFolder folder_;
  TrainData data_;
  c10::Device device_;
  Loss loss_;
  RunShape shape_;
  LossWeights weights_;
  std::string label_weights_;  // their fingerprint, where they are a file's
  std::optional<LabelSampler> sampler_;
  at::Tensor prior_;  // [L] what predictions add to scores
  std::shared_ptr<Model> model_;
  NamedTensors parameters_;
  std::unique_ptr<Optimizer> optimizer_;
  int64_t batches_per_epoch_;
  TrainProgress progress_;
  std::optional<OpenStep> open_;
  MetricValues metrics_;  // of the last epoch
  std::unique_ptr<RunLog> log_;
  std::unique_ptr<ProgressBar> bar_;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point last_checkpoint_;
  double seconds_before_ = 0.0;  // of training, in processes before this one
};

}  // namespace spout
