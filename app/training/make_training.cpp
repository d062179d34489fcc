#include "spout/app/training/make_training.h"

#include <utility>

#include "spout/app/training/blend_trainer.h"
#include "spout/app/training/length_trainer.h"
#include "spout/app/training/trainer.h"
#include "spout/models/model_table.h"

namespace spout {
namespace {

std::unique_ptr<Training> make_of_one(const TrainOptions& options, const RunFolder& folder,
                                      TrainData data, c10::Device device) {
  if (finds_length(options)) {
    return std::make_unique<LengthTrainer>(options, folder, std::move(data), device);
  }
  return std::make_unique<Trainer>(options, folder, std::move(data), device);
}

}  // namespace

std::unique_ptr<Training> make_training(const TrainOptions& options, const RunFolder& folder,
                                        TrainData data, c10::Device device) {
  if (!find_model(options.model).is_blend()) {
    return make_of_one(options, folder, std::move(data), device);
  }
  return std::make_unique<BlendTrainer>(options, folder, std::move(data), device, &make_of_one);
}

}  // namespace spout
