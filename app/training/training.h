// A training from its first step to the model in the run folder: of a given number of epochs, or
// fitted at once (trainer.h); as long as held-out rows gain by it (length_trainer.h); and of a
// model with another beside it (blend_trainer.h).
#pragma once

#include <memory>

#include "spout/app/training/training_steps.h"

namespace spout {

class Training {
 public:
  Training() = default;
  virtual ~Training() = default;
  Training(const Training&) = delete;
  Training& operator=(const Training&) = delete;

  /// Takes the weights of another run; see warm_start.h.
  virtual void begin_with(const SavedModel& start) = 0;

  /// Continues from the folder's checkpoint, if there is one.
  ///   throws UserError if the checkpoint is of other data, unless --accept-changes is given
  virtual void resume() = 0;

  /// Trains to the end and leaves the best model in the folder.
  ///   throws Interrupted once the state is saved, Error on a loss that is not finite
  virtual void run() = 0;

  /// Whether nothing is left to do.
  virtual bool finished() const = 0;

  /// Saves the weights as model.pt if nothing has (interrupted, then resumed with fewer epochs).
  virtual void leave_model() = 0;

  /// How far it is; best_metrics are those of the model that was kept.
  virtual const TrainProgress& progress() const = 0;

  /// What was done, in a line: "trained 10 epochs, 440 steps in 3.2 s; model of epoch 7".
  virtual std::string outcome() const = 0;
};

/// "1 epoch", "2 epochs".
std::string count_epochs(int64_t epochs);

}  // namespace spout
