// What a dense matrix of a file must be, whichever format it came in.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace spout {

/// Throws FileError that names `path` unless the f32 matrix has 2 dimensions and finite values.
void check_dense(const std::string& path, const at::Tensor& matrix);

}  // namespace spout
