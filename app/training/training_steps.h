// A model in training: its optimizer, its rows, its steps, and their checkpoints. How many steps
// there are, and how fast they go, is decided by who calls (trainer.h, length_trainer.h). Random
// numbers depend on (seed, step) only, so that a resumed run repeats the bits of an unbroken one.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spout/app/data/token_vectors.h"
#include "spout/app/process/device.h"
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
  const Dataset* whole = nullptr;  // users and items with the entries that `valid` holds; or null
  TokenVectors token_vectors;      // that tokens begin with
  at::Tensor label_texts;          // [L, d] rows of the labels' texts, or undefined
  std::string fingerprint;         // of `train`
  std::string valid_fingerprint;   // of validation data that are not part of `train`; else empty
  // Set where the model is a part of another, whose trainer says how good it is. Called when a
  // search for the length has ended, with its best model in the run folder, before that learns from
  // the rows held out.
  std::function<void()> search_ended{};
};

class TrainingSteps {
 public:
  /// Makes the model and the optimizer.
  ///   options, data  must outlive this
  ///   rows           of data.train, ascending
  TrainingSteps(const TrainOptions& options, const RunFolder& folder, TrainData& data,
                std::vector<int64_t> rows, c10::Device device);

  /// Takes the weights of another run; see warm_start.h.
  void begin_with(const SavedModel& start);

  /// Continues from the folder's checkpoint. An epoch whose batches would now have other rows
  /// begins anew.
  ///   throws UserError if the checkpoint is of other data, unless --accept-changes is given
  void resume();

  /// Takes over log, bar, clock and best metrics of what trained before on other rows.
  void follow(TrainingSteps& before);

  /// Opens the log and starts the clock, unless that is done, and shows a new bar.
  ///   total_steps, epochs  for the bar; 0 epochs: unknown
  void open(int64_t total_steps, int64_t epochs = 0);

  /// Takes the steps of the current epoch that are left.
  ///   rate     the learning rate of the next step
  ///   is_done  whether to take no further step; null: never
  ///   throws Interrupted once the state is saved, Error on a loss that is not finite
  void train_epoch(const std::function<double()>& rate,
                   const std::function<bool()>& is_done = nullptr);

  /// Begins the next epoch, and returns the mean loss of this one.
  double end_epoch();

  /// Goes on with other rows, from their first batch.
  void take_rows(const Dataset& data, std::vector<int64_t> rows);

  /// The metrics of the model on validation rows; empty if there are none.
  MetricValues measure(const Dataset& data, const std::vector<int64_t>& rows);
  /// The mean loss of validation rows.
  double measure_loss(const Dataset& data, const std::vector<int64_t>& rows);

  /// Writes the folder's checkpoint.
  void checkpoint();
  /// Writes weights and optimizer to a file of their own, which take_state() reads.
  void save_state(const std::string& path);
  /// Goes back to the weights, the optimizer and the place in the data of save_state().
  void take_state(const std::string& path);

  /// Throws Error if a weight is not finite.
  void check_weights() const;
  /// Reads the loss of the last step from the device.
  ///   throws Error if it is not finite
  void close_step();

  bool is_epoch_done() const { return progress_.batch == batches_per_epoch_; }
  int64_t batches_per_epoch() const { return batches_per_epoch_; }
  double seconds() const;
  const RunShape& shape() const { return shape_; }
  Model& model() { return *model_; }
  TrainProgress& progress() { return progress_; }
  const TrainProgress& progress() const { return progress_; }
  RunLog& log() { return *log_; }
  ProgressBar& bar() { return *bar_; }

 private:
  /// A step whose loss has not been read from the device yet.
  struct OpenStep {
    ComingNumber loss;
    std::vector<int64_t> rows;
    double lr;
  };

  void step(const Batch& batch, double lr);
  void set_up_labels(const Csr& y);
  /// Puts the rows in the order of this epoch.
  ///   order  ascending
  void shuffle(std::vector<int64_t>& order) const;
  bool shuffles_blocks() const;
  bool is_time_for_checkpoint() const;
  /// Throws UserError if the data are not those of the checkpoint, unless --accept-changes is
  /// given.
  void check_data(const TrainProgress& saved) const;
  /// The end of an error message, which says whether a checkpoint is left.
  const char* what_stands() const;
  /// Returns a text that changes whenever a batch would hold other rows.
  std::string batches() const;

  const TrainOptions& options_;
  RunFolder folder_;
  TrainData& data_;
  const Dataset* train_;
  std::vector<int64_t> rows_;
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
  std::unique_ptr<RunLog> log_;
  std::unique_ptr<ProgressBar> bar_;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point last_checkpoint_;
  double seconds_before_ = 0.0;  // the time that earlier processes of the run have trained
  int64_t epochs_ = 0;           // for the progress bar
};

/// The targets of some rows; not copied if those are all rows of the data set.
///   rows  ascending
Csr targets_of(const Dataset& data, const std::vector<int64_t>& rows);

}  // namespace spout
