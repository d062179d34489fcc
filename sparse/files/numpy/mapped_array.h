// Memory-mapped arrays: the elements stay in their file and are read when they are used. The system
// keeps recently used parts in memory and drops them when it needs the memory.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace spout {

/// Maps the array of a .npy file. The file must not be changed while the tensor lives, and the
/// tensor must not be written to.
///   type  at::kLong or at::kFloat; the file must hold just this type, in C order
///   throws FileError on anything else
at::Tensor map_npy(const std::string& path, at::ScalarType type);

}  // namespace spout
