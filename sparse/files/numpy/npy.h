// Reads and writes NumPy's .npy arrays, as files and as records of an .npz archive. Format versions
// 1 to 3 are read, and version 1 is written:
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
// A header's claims are compared with the bytes that are there before anything is allocated.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "spout/sparse/files/io/input_file.h"
#include "spout/sparse/files/io/output_file.h"

namespace spout {

struct NpyHeader {
  std::string type;            // as NumPy writes it: "<f4", "|b1", "<i8"
  bool fortran_order = false;  // true: stored column by column
  std::vector<int64_t> shape;
  int64_t count = 1;  // number of elements
};

/// Reads a header and checks that exactly the array's elements remain in `source`.
///   throws FileError on other content, object and big-endian types, wrong sizes
NpyHeader read_npy_header(ByteSource& source);

/// Advice for elements of a type that are no numbers, but perhaps names of labels; empty for
/// numbers.
std::string advice_for_names(std::string_view type);

/// Reads an array of numbers (bool, integer, f2, f4, f8) of 1 or 2 dimensions as contiguous f32.
at::Tensor read_npy_floats(ByteSource& source);

/// Reads an array of integers of 1 or 2 dimensions as contiguous i64.
at::Tensor read_npy_ints(ByteSource& source);

/// Reads an array of numbers of 1 or 2 dimensions without rounding: floating types as contiguous
/// f64, integers as contiguous i64.
at::Tensor read_npy_unrounded(ByteSource& source);

/// Reads a single text (types S and U, ASCII), such as the format's name in SciPy's files.
std::string read_npy_text(ByteSource& source);

/// Reads a dense matrix [n, D] as f32.
///   throws FileError unless it has 2 dimensions and all values are finite
at::Tensor read_dense_npy(const std::string& path);

/// The bytes that precede an array's elements in format version 1.
///   type   "<f4" and the like      shape  "(3,)" or "(3, 4)"
std::string npy_header(const std::string& type, const std::string& shape);

/// The header for a contiguous CPU tensor of f32, f64, i64, i32 or u8; ValueError on other types.
std::string npy_header(const at::Tensor& tensor);

/// Writes a tensor, made contiguous on the CPU first. Errors as OutputFile.
void write_npy(const std::string& path, const at::Tensor& tensor, bool overwrite = false);

/// Writes an array of one or two dimensions piece by piece. Errors as OutputFile.
class NpyWriter {
 public:
  NpyWriter(const std::string& path, at::ScalarType type, bool overwrite = false);

  /// Appends a contiguous CPU tensor of the type: [n], or [n, D] as wide as those before.
  ///   throws ValueError on others
  void append(const at::Tensor& elements);

  /// The number of elements so far, or of rows if there are two dimensions.
  int64_t size() const { return shape_.front(); }

  void commit();

 private:
  std::string header() const;

  OutputFile file_;
  at::ScalarType type_;
  std::vector<int64_t> shape_{0};
};

}  // namespace spout
