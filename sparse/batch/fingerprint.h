// Whether data are still those that a run was begun with.
#pragma once

#include <cstdint>

#include "sparse/batch/dataset.h"

namespace spout {

/// CRC-32 of all numbers of features and targets, their shapes included: any one that changes
/// changes it, but for a chance of 2^-32.
uint32_t fingerprint(const Dataset& data);

/// The same of a tensor on the CPU; 0 where it is undefined.
uint32_t fingerprint(const at::Tensor& tensor);

}  // namespace spout
