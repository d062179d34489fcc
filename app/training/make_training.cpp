#include "spout/app/training/make_training.h"

#include <utility>

#include "spout/app/training/length_trainer.h"
#include "spout/app/training/trainer.h"

namespace spout {

std::unique_ptr<Training> make_training(const TrainOptions& options, const RunFolder& folder,
                                        TrainData data, c10::Device device) {
  if (finds_length(options)) {
    return std::make_unique<LengthTrainer>(options, folder, std::move(data), device);
  }
  return std::make_unique<Trainer>(options, folder, std::move(data), device);
}

}  // namespace spout
