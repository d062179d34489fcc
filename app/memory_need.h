// What a training will take, said before it starts, and refused where it cannot fit.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <string>

#include "app/training/train_options.h"
#include "models/fit.h"

namespace spout {

/// Bytes, by what they are for; real numbers, since features x labels can pass 2^63.
struct MemoryNeed {
  c10::Device device = c10::kCPU;  // where all but data and libraries lie
  double weights = 0;
  double gradients = 0;
  double optimizer = 0;
  double workspace = 0;  // scores, of all labels or of a block, and hidden values of one batch
  double data = 0;
  double libraries = 0;

  double on_device() const { return weights + gradients + optimizer + workspace; }
  double total() const { return on_device() + data + libraries; }
};

/// What a run learns from.
struct TrainingData {
  FitSize size;
  bool sparse_features = true;
  int64_t bytes = 0;  // of the data sets in memory
};

MemoryNeed memory_need(const TrainOptions& options, const TrainingData& data, c10::Device device);

/// Bytes that this process can still get on a device; of host memory the machine's, or the control
/// group's where less.
double available_memory(c10::Device device = c10::kCPU);

/// "2.1 GiB": for people.
std::string bytes_text(double bytes);

/// "weights 1.2 GiB + optimizer 2.4 GiB + ... = 4.8 GiB"
std::string memory_text(const MemoryNeed& need);

/// Throws UserError with advice where `need` is more than what is available.
void check_memory(const MemoryNeed& need, const TrainOptions& options, const ModelShape& shape);

}  // namespace spout
