// Feeds rows of a data set to a model, batch by batch. Prediction, evaluation and the search for
// thresholds all do it this way.
#pragma once

#include <functional>
#include <vector>

#include "spout/app/process/device.h"
#include "spout/sparse/batch/batch.h"

namespace spout {

/// How a model makes predictions.
struct ModelSetting {
  int64_t batch_size = 256;
  c10::Device device = at::kCPU;
  Precision precision = Precision::kFp32;
};

/// Calls body(batch, seen) for each batch of the given rows, on the setting's device, in its
/// precision and without gradients.
///   seen  [rows of data, L] entries that are not to be predicted; without rows: none
///   body  receives a batch and its rows of `seen`, or null
void for_each_batch(const Dataset& data, std::vector<int64_t> rows, const Csr& seen,
                    const ModelSetting& setting,
                    const std::function<void(const Batch& batch, const Csr* seen)>& body);

}  // namespace spout
