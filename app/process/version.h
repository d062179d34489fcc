// The line that --version prints.
#pragma once

#include <string>

namespace spout {

/// "spout 0.1.0 (torch 2.11.0, CUDA kernels: no, CPU kernels: avx2)"
std::string version_text();

}  // namespace spout
