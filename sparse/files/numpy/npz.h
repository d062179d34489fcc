// SciPy's sparse matrices on disk: a zip archive of indices.npy and indptr.npy (COO: row.npy and
// col.npy), data.npy, shape.npy and format.npy, as scipy.sparse.save_npz writes and load_npz reads
// it. It is written uncompressed, as PECOS wants it.
#pragma once

#include <cstdint>
#include <string>

#include "spout/sparse/layout/csr.h"
#include "spout/sparse/layout/sparse_layout.h"

namespace spout {

struct NpzMatrix {
  Csr matrix;
  int64_t summed = 0;  // entries that were added to an earlier one of the same row and column
};

/// Reads a CSR, CSC or COO matrix of any numeric type with i32 or i64 indices, in any order.
/// Entries named twice are added up.
///   throws FileError on other layouts, values that are not finite, and indices out of range
NpzMatrix read_npz(const std::string& path);

/// Writes f32 values; i32 indices where the sizes allow, i64 otherwise. Errors as OutputFile.
void write_npz(const std::string& path, const Csr& matrix, SparseLayout layout = SparseLayout::kCsr,
               bool overwrite = false);

}  // namespace spout
