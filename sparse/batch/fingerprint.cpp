#include "spout/sparse/batch/fingerprint.h"

#include <ATen/Parallel.h>
#include <zlib.h>

#include <algorithm>
#include <vector>

namespace spout {
namespace {

constexpr int64_t kBlockBytes = int64_t{1} << 24;

uint32_t crc_of(const void* bytes, int64_t size, uint32_t crc = 0) {
  return static_cast<uint32_t>(
      crc32_z(crc, static_cast<const Bytef*>(bytes), static_cast<size_t>(size)));
}

}  // namespace

// This is the CRC of the CRCs of blocks of fixed size, so that it does not depend on the number of
// threads.
uint32_t fingerprint(const at::Tensor& tensor) {
  if (!tensor.defined()) return 0;
  const at::Tensor plain = tensor.contiguous();
  const auto bytes = static_cast<int64_t>(plain.nbytes());
  const auto* data = static_cast<const char*>(plain.const_data_ptr());
  std::vector<uint32_t> blocks(static_cast<size_t>((bytes + kBlockBytes - 1) / kBlockBytes));
  at::parallel_for(0, static_cast<int64_t>(blocks.size()), 1, [&](int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i) {
      const int64_t begin = i * kBlockBytes;
      blocks[static_cast<size_t>(i)] = crc_of(data + begin, std::min(kBlockBytes, bytes - begin));
    }
  });
  return crc_of(blocks.data(), static_cast<int64_t>(blocks.size() * sizeof(uint32_t)));
}

uint32_t fingerprint(const Dataset& data) {
  std::vector<int64_t> numbers{
      data.rows(),
      data.x.cols(),
      data.y.cols,
      fingerprint(data.x.sparse.crow),
      fingerprint(data.x.sparse.col),
      fingerprint(data.x.sparse.values),
      data.x.rows_source != 0 ? data.x.rows_source : fingerprint(data.x.dense),
      fingerprint(data.x.tokens.crow),
      fingerprint(data.x.tokens.ids),
      fingerprint(data.y.crow),
      fingerprint(data.y.col),
      fingerprint(data.y.values),
  };
  if (data.x.hidden.defined() && data.x.rows_source == 0) {
    numbers.push_back(fingerprint(data.x.hidden));
  }
  return crc_of(numbers.data(), static_cast<int64_t>(numbers.size() * sizeof(int64_t)));
}

}  // namespace spout
