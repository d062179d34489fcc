// NumPy's .npy arrays (format versions 1 to 3), as files and as records of an .npz archive:
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
// A header's claims are compared with the bytes that are there before anything is allocated.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "sparse/files/input_file.h"
#include "sparse/files/output_file.h"

namespace spout {

struct NpyHeader {
  std::string type;            // as NumPy writes it: "<f4", "|b1", "<i8"
  bool fortran_order = false;  // columns first
  std::vector<int64_t> shape;
  int64_t count = 1;  // elements
};

/// The header, checked against what remains in `source`: exactly the array's elements.
///   throws FileError on other content, object and big-endian types, wrong sizes
NpyHeader read_npy_header(ByteSource& source);

/// An array of numbers (bool, integer, f2, f4, f8) of 1 or 2 dimensions as contiguous f32.
at::Tensor read_npy_floats(ByteSource& source);

/// An array of integers of 1 or 2 dimensions as contiguous i64.
at::Tensor read_npy_ints(ByteSource& source);

/// An array of numbers of 1 or 2 dimensions, of which none is rounded: contiguous f64 where they
/// are floating, i64 where they are integers.
at::Tensor read_npy_unrounded(ByteSource& source);

/// A single text (types S and U, ASCII), such as the format's name in SciPy's files.
std::string read_npy_text(ByteSource& source);

/// A dense matrix [n, D] as f32.
///   throws FileError unless it has 2 dimensions and all values are finite
at::Tensor read_dense_npy(const std::string& path);

/// The bytes that stand before an array's elements in version 1.
///   type   "<f4" and the like      shape  "(3,)" or "(3, 4)"
std::string npy_header(const std::string& type, const std::string& shape);

/// The header for a contiguous CPU tensor of f32, f64, i64, i32 or u8; ValueError on others.
std::string npy_header(const at::Tensor& tensor);

/// Writes a tensor, made contiguous on the CPU first. Errors as OutputFile.
void write_npy(const std::string& path, const at::Tensor& tensor, bool overwrite = false);

/// An array of one or two dimensions that is written piece by piece. Errors as OutputFile.
class NpyWriter {
 public:
  NpyWriter(const std::string& path, at::ScalarType type, bool overwrite = false);

  /// Adds a contiguous CPU tensor of that type: [n], or [n, D] as wide as those before; ValueError
  /// on others.
  void append(const at::Tensor& elements);

  /// Elements, or rows of them, so far.
  int64_t size() const { return shape_.front(); }

  void commit();

 private:
  std::string header() const;

  OutputFile file_;
  at::ScalarType type_;
  std::vector<int64_t> shape_{0};
};

}  // namespace spout
