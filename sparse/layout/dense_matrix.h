// The check that every dense matrix from a file must pass, whatever its format.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace spout {

/// Checks that an f32 matrix has 2 dimensions, finite values, and not far more rows than elements.
///   throws FileError that names `path`
void check_dense(const std::string& path, const at::Tensor& matrix);

}  // namespace spout
