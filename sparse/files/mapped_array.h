// Arrays that stay in their file and are read where they are used: memory holds what was used
// last, and gives it up when it is needed for something else.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace spout {

/// A .npy file's array, mapped. The file must not be changed while the tensor lives, and the tensor
/// must not be written to.
///   type  at::kLong or at::kFloat, which the file must hold as it is, in C order
///   throws FileError on anything else
at::Tensor map_npy(const std::string& path, at::ScalarType type);

}  // namespace spout
