// Training for a given number of epochs, of which the best by the validation metric is kept; and
// models that are fitted at once.
#pragma once

#include "spout/app/training/training.h"

namespace spout {

class Trainer : public Training {
 public:
  /// Makes the model and the optimizer.
  ///   options  must outlive the trainer
  Trainer(const TrainOptions& options, const RunFolder& folder, TrainData data, c10::Device device);

  void begin_with(const SavedModel& start) override { steps_.begin_with(start); }
  void resume() override;
  void run() override;
  /// Whether all epochs are done, or the last --patience epochs had no better metric.
  bool finished() const override;
  void leave_model() override;
  const TrainProgress& progress() const override { return steps_.progress(); }
  std::string outcome() const override;

 private:
  /// Trains a model that is fitted in one pass, without steps.
  void fit();
  void end_epoch();
  /// Computes the validation metrics of this epoch.
  void measure();
  /// Computes and reports what naming the commonest labels would score.
  void measure_baseline();
  /// Whether this epoch's metric is better than that of the model kept.
  bool is_gain() const;
  double learning_rate() const;
  /// The position on the learning-rate curve of total_steps(): the number of steps taken, unless
  /// the batches have changed since.
  int64_t step_of_schedule() const;
  bool out_of_patience() const;
  /// The number of epochs: 1 for a model that is fitted in one pass.
  int64_t epochs() const;
  int64_t total_steps() const { return epochs() * steps_.batches_per_epoch(); }

  const TrainOptions& options_;
  RunFolder folder_;
  TrainData data_;
  TrainingSteps steps_;
  MetricValues metrics_;   // the last epoch's
  MetricValues baseline_;  // of naming the commonest labels
};

}  // namespace spout
