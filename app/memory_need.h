// What a training will take, said before it starts, and refused where it cannot fit.
#pragma once

#include <cstdint>
#include <string>

#include "app/training/train_options.h"

namespace spout {

/// Bytes, by what they are for.
struct MemoryNeed {
  int64_t weights = 0;
  int64_t gradients = 0;
  int64_t optimizer = 0;
  int64_t workspace = 0;  // scores and hidden values of one batch
  int64_t data = 0;
  int64_t libraries = 0;

  int64_t total() const { return weights + gradients + optimizer + workspace + data + libraries; }
};

/// Of a run with these options on data of this shape.
///   data_bytes   of the data sets in memory
MemoryNeed memory_need(const TrainOptions& options, const ModelShape& shape, int64_t data_bytes);

/// Bytes that this process can still get: the machine's, or the control group's where less.
int64_t available_memory();

/// "2.1 GiB": for people.
std::string bytes_text(int64_t bytes);

/// "weights 1.2 GiB + optimizer 2.4 GiB + ... = 4.8 GiB"
std::string memory_text(const MemoryNeed& need);

/// Throws UserError with advice where `need` is more than what is available.
void check_memory(const MemoryNeed& need, const TrainOptions& options, const ModelShape& shape);

}  // namespace spout
