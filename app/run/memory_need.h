// Estimates the memory that a training will take, so that one that cannot fit is refused before it
// starts.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <string>

#include "spout/app/run/train_options.h"
#include "spout/models/fitted/fit.h"

namespace spout {

/// Bytes by their use. They are real numbers, since features x labels can pass 2^63.
struct MemoryNeed {
  // The device that holds everything but data and libraries.
  c10::Device device = c10::kCPU;
  double weights = 0;
  double gradients = 0;
  double optimizer = 0;
  // The hidden values of one batch, and its scores: of all labels, or of a block of them.
  double workspace = 0;
  double data = 0;
  double libraries = 0;

  double on_device() const { return weights + gradients + optimizer + workspace; }
  double total() const { return on_device() + data + libraries; }
};

/// The size of the data that a run learns from.
struct TrainingData {
  FitSize size;
  bool sparse_features = true;
  // Tokens of the longest document, to which a batch is filled up; 0: unknown.
  int64_t longest = 0;
  int64_t bytes = 0;  // the memory of training and validation data; mapped files count as 0
};

/// Estimates the memory that a training with these options will take.
MemoryNeed memory_need(const TrainOptions& options, const TrainingData& data, c10::Device device);

/// The need in a line for people: "weights 1.2 GiB + optimizer 2.4 GiB + ... = 4.8 GiB".
std::string memory_text(const MemoryNeed& need);

/// Throws UserError, with advice, if `need` is more than the memory available.
void check_memory(const MemoryNeed& need, const TrainOptions& options, const ModelShape& shape);

/// Whether there is as much memory as check_memory() wants.
bool has_memory(const TrainOptions& options, const TrainingData& data, c10::Device device);

}  // namespace spout
