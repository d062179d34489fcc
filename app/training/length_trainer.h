// Training for as long as held-out rows gain by it (length_search.h), --epochs auto. At the end the
// model learns from the held-out rows as well: it goes on from the best trunk with all rows while
// the rate falls, or, where each row was held out once (few rows), is trained anew for the length
// found. Weights of trunks are kept in files of the run folder meanwhile. All that was decided is
// part of the checkpoint, so that a resumed run repeats the bits of an unbroken one.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "spout/app/training/held_out.h"
#include "spout/app/training/length_search.h"
#include "spout/app/training/training.h"

namespace spout {

class LengthTrainer : public Training {
 public:
  ///   options  must outlive the trainer
  LengthTrainer(const TrainOptions& options, const RunFolder& folder, TrainData data,
                c10::Device device);

  void begin_with(const SavedModel& start) override { steps_->begin_with(start); }
  void resume() override;
  void run() override;
  bool finished() const override { return stage_ == Stage::kDone; }
  void leave_model() override;
  const TrainProgress& progress() const override { return steps_->progress(); }
  std::string outcome() const override;

 private:
  /// kTrunk: the full rate; kDecay: a branch, which is measured; kFinal: all rows.
  enum class Stage : uint8_t { kTrunk, kDecay, kFinal, kDone };

  void choose_folds();
  void set_limits();
  void make_steps(const std::vector<int64_t>& rows);
  /// Makes the model of a fold, unless it is there.
  void go_to_fold(int64_t fold);
  /// Puts the model of the current fold where its last trunk ended.
  void go_to_trunk();
  void go_to_all_rows();
  void run_trunk();
  void run_decay();
  void run_final();
  void end_search();
  /// Makes the stage part of the checkpoints that follow.
  void note_stage();
  void save_stage(Stage stage);
  /// Trains with the rate of a length.
  ///   last_step  where to end
  ///   is_done    whether to end before; null: never
  void train(const TrainingLength& length, int64_t last_step,
             const std::function<bool()>& is_done = nullptr);
  double rate(const TrainingLength& length) const;
  /// Prints and logs what a branch has come to.
  void report(const TrainingLength& length, int64_t fold, MetricValues metrics, double loss);
  /// Whether a longer trunk would leave too little time to finish.
  bool is_out_of_time() const;
  double seconds_a_step() const;
  bool has_folds() const { return folds_.size() > 1; }
  bool learns_held_out() const;
  /// Whether all rows are trained on in the end.
  bool learns_final() const { return has_folds() || learns_held_out(); }
  TrainingLength final_length() const;
  double epochs_of(int64_t steps) const;
  std::string trunk_path(int64_t fold, int64_t index) const;

  const TrainOptions& options_;
  RunFolder folder_;
  TrainData data_;
  c10::Device device_;
  std::vector<Fold> folds_;
  std::vector<int64_t> all_rows_;
  MetricValues baseline_;
  LengthSearch search_;
  Stage stage_ = Stage::kTrunk;
  std::unique_ptr<TrainingSteps> steps_;
  int64_t fold_of_steps_ = -1;
  // What this process has trained before the current call of train(), and where that began.
  double trained_seconds_ = 0.0;
  int64_t trained_steps_ = 0;
  double begin_seconds_ = 0.0;
  int64_t begin_step_ = 0;
  double measuring_seconds_ = 0.0;  // the last measurement
};

}  // namespace spout
