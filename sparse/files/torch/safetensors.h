// Reads tensors of a .safetensors file, one at a time: 8 bytes with the header's length, a JSON
// header that says where each tensor lies, and the tensors' bytes. The header is checked as a
// whole before anything is read: the tensors must fill the data without gaps or overlaps.
// Source: the format's description, https://github.com/huggingface/safetensors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace spout {

/// Where a tensor lies in its file, and what it is.
struct TensorInfo {
  at::ScalarType type = at::kFloat;
  std::vector<int64_t> shape;
  uint64_t begin = 0;  // in bytes from the start of the file
  uint64_t end = 0;
};

class Safetensors {
 public:
  /// Reads the header, and no elements.
  ///   throws FileError unless the header describes all bytes of the file, with types among F64,
  ///   F32, F16, BF16, I64, I32, I16, I8, U8 and BOOL
  explicit Safetensors(std::string path);
  ~Safetensors();
  Safetensors(const Safetensors&) = delete;
  Safetensors& operator=(const Safetensors&) = delete;
  Safetensors(Safetensors&& other) noexcept;
  Safetensors& operator=(Safetensors&&) = delete;

  /// The tensors' names, sorted.
  std::vector<std::string> names() const;

  /// Describes the tensor of that name; null if there is none.
  const TensorInfo* find(const std::string& name) const;

  /// Reads the tensor of that name, contiguous and on the CPU.
  ///   throws FileError if there is none, or if the file has become shorter
  at::Tensor read(const std::string& name) const;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
  int descriptor_ = -1;
  std::map<std::string, TensorInfo> tensors_;
};

}  // namespace spout
