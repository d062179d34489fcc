#include "spout/sparse/batch/batch.h"

#include <ATen/ops/_sparse_coo_tensor_unsafe.h>
#include <ATen/ops/_sparse_csr_tensor_unsafe.h>
#include <ATen/ops/full.h>

#include <algorithm>

namespace spout {
namespace {

at::Tensor gather_tokens(const TokenRows& tokens, std::span<const int64_t> rows) {
  const auto* crow = tokens.crow.const_data_ptr<int64_t>();
  const auto* ids = tokens.ids.const_data_ptr<int64_t>();
  int64_t longest = 1;  // an empty document becomes one token of padding
  for (const int64_t row : rows)
    longest = std::max(longest, crow[row + 1] - crow[row]);
  at::Tensor out =
      at::full({static_cast<int64_t>(rows.size()), longest}, tokens.numbers.padding, at::kLong);
  auto* to = out.mutable_data_ptr<int64_t>();
  for (const int64_t row : rows) {
    std::copy(ids + crow[row], ids + crow[row + 1], to);
    to += longest;
  }
  return out;
}

at::Tensor gather_features(const Features& x, std::span<const int64_t> rows) {
  if (x.is_tokens()) return gather_tokens(x.tokens, rows);
  const Features gathered = gather_rows(x, rows);
  if (!gathered.is_sparse()) return gathered.dense;
  return to_torch_csr(sparse_rows(gathered));
}

at::Tensor copy_to(const at::Tensor& tensor, c10::Device device) {
  return tensor.pin_memory().to(device, /*non_blocking=*/true);
}

}  // namespace

Batch assemble(const Dataset& data, std::span<const int64_t> rows) {
  return {gather_features(data.x, rows),
          to_torch_coo(gather_rows(data.y, rows)),
          {rows.begin(), rows.end()}};
}

Batch to_device(Batch batch, c10::Device device) {
  if (device.is_cpu()) return batch;
  if (batch.x.layout() == at::kSparseCsr) {
    batch.x = at::_sparse_csr_tensor_unsafe(
        copy_to(batch.x.crow_indices(), device), copy_to(batch.x.col_indices(), device),
        copy_to(batch.x.values(), device), batch.x.sizes(), batch.x.options().device(device));
  } else {
    batch.x = copy_to(batch.x, device);
  }
  batch.target = at::_sparse_coo_tensor_unsafe(
      copy_to(batch.target._indices(), device), copy_to(batch.target._values(), device),
      batch.target.sizes(), at::TensorOptions().dtype(at::kFloat).device(device), true);
  return batch;
}

}  // namespace spout
