// The two layouts in which a sparse matrix leaves spout.
#pragma once

namespace spout {

enum class SparseLayout { kCsr, kCsc };

}  // namespace spout
