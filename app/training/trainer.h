// The training loop: batches, steps, validation, checkpoints. Random numbers depend on (seed, step)
// only, so that a resumed run repeats the bits of an unbroken one.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "spout/app/data/token_vectors.h"
#include "spout/app/process/device.h"
#include "spout/app/run/evaluation.h"
#include "spout/app/run/run_folder.h"
#include "spout/app/training/checkpoint.h"
#include "spout/app/training/progress_bar.h"
#include "spout/app/training/run_log.h"
#include "spout/losses/base/loss.h"
#include "spout/sparse/batch/loader.h"
#include "spout/sparse/metrics/metric.h"

namespace spout {

/// Training rows, and validation rows if there are any.
struct TrainData {
  const Dataset* train = nullptr;
  std::vector<int64_t> rows;  // ascending
  const Dataset* valid = nullptr;
  std::vector<int64_t> valid_rows;
  TokenVectors token_vectors;     // that tokens begin with
  at::Tensor label_texts;         // [L, d] rows of the labels' texts, or undefined
  std::string fingerprint;        // of `train`
  std::string valid_fingerprint;  // of validation data that are not part of `train`; else empty
};

class Trainer {
 public:
  /// Makes the model and the optimizer.
  ///   options  must outlive the trainer
  Trainer(const TrainOptions& options, const RunFolder& folder, TrainData data, c10::Device device);

  /// Takes the weights of another run; see warm_start.h.
  void begin_with(const SavedModel& start);

  /// Continues from the folder's checkpoint, if there is one. An epoch whose batches would now have
  /// other rows begins anew.
  ///   throws UserError if the checkpoint is of other data, unless --accept-changes is given
  void resume();

  /// Trains to the last epoch and leaves the best model in the folder.
  ///   throws Interrupted once the state is saved, Error on a loss that is not finite
  void run();

  /// Whether all epochs are done, or the last --patience epochs had no better metric.
  bool finished() const;

  /// Saves the weights as model.pt if no epoch has (interrupted, then resumed with fewer epochs).
  void leave_model();

  const TrainProgress& progress() const { return progress_; }
  /// The metrics of the epoch whose model was kept; empty without validation rows.
  const MetricValues& best_metrics() const { return progress_.best_metrics; }
  Model& model() { return *model_; }

 private:
  /// A step whose loss has not been read from the device yet.
  struct OpenStep {
    ComingNumber loss;
    std::vector<int64_t> rows;
    double lr;
  };

  void run_epoch();
  /// Trains a model that is fitted in one pass, without steps.
  void fit();
  void step(const Batch& batch);
  /// Reads the loss of the open step, if there is one, and adds it to the sums and the log.
  ///   throws Error if it is not finite
  void close_step();
  void end_epoch();
  /// Computes the validation metrics of this epoch.
  void measure();
  void checkpoint();
  /// Puts the rows in the order of this epoch.
  ///   order  ascending
  void shuffle(std::vector<int64_t>& order) const;
  bool shuffles_blocks() const;
  bool is_time_for_checkpoint() const;
  /// Throws UserError if the data are not those of the checkpoint, unless --accept-changes is
  /// given.
  void check_data(const TrainProgress& saved) const;
  /// The metric that chooses the model.
  MetricSpec chooser() const;
  /// Whether this epoch's metric is better than that of the model kept.
  bool is_gain() const;
  /// The end of an error message, which says whether a checkpoint is left.
  const char* what_stands() const;
  /// Throws Error if a weight is not finite.
  void check_weights() const;
  double learning_rate() const;
  /// The position on the learning-rate curve of total_steps(): the number of steps taken, unless
  /// the batches have changed since.
  int64_t step_of_schedule() const;
  /// Returns a text that changes whenever a batch would hold other rows.
  std::string batches() const;
  bool out_of_patience() const;
  /// The number of epochs: 1 for a model that is fitted in one pass.
  int64_t epochs() const;
  int64_t total_steps() const { return epochs() * batches_per_epoch_; }
  double seconds() const;

  const TrainOptions& options_;
  RunFolder folder_;
  TrainData data_;
  c10::Device device_;
  Loss loss_;
  RunShape shape_;
  LossWeights weights_;
  std::string label_weights_;  // the fingerprint of weights from a file; else empty
  std::optional<LabelSampler> sampler_;
  at::Tensor prior_;  // [L], which predictions add to the scores
  std::shared_ptr<Model> model_;
  NamedTensors parameters_;
  std::unique_ptr<Optimizer> optimizer_;
  int64_t batches_per_epoch_;
  TrainProgress progress_;
  std::optional<OpenStep> open_;
  MetricValues metrics_;  // the last epoch's
  std::unique_ptr<RunLog> log_;
  std::unique_ptr<ProgressBar> bar_;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point last_checkpoint_;
  double seconds_before_ = 0.0;  // the time that earlier processes of the run have trained
};

}  // namespace spout
