// A checksum of a data set, by which a resumed run notices that its data have changed.
#pragma once

#include <cstdint>

#include "spout/sparse/batch/dataset.h"

namespace spout {

/// A CRC-32 of all numbers in features and target, shapes included. A change goes unnoticed with a
/// chance of 2^-32.
uint32_t fingerprint(const Dataset& data);

/// A CRC-32 of the elements of a CPU tensor; 0 if it is undefined.
uint32_t fingerprint(const at::Tensor& tensor);

}  // namespace spout
