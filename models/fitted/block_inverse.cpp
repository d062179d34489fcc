#include "spout/models/fitted/block_inverse.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cholesky_inverse.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/linalg_cholesky_ex.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/tril.h>

#include <algorithm>
#include <utility>

namespace spout {
namespace {

/// The inverse of a block on the diagonal, worked out in double precision.
at::Tensor inverse_of(const at::Tensor& block) {
  const auto [factor, info] = at::linalg_cholesky_ex(block.to(at::kDouble));
  TORCH_CHECK_VALUE(info.item<int64_t>() == 0,
                    "inverse: the matrix of items is not positive definite");
  return at::cholesky_inverse(factor).to(block.scalar_type());
}

class Sweeps {
 public:
  Sweeps(at::Tensor matrix, int64_t block)
      : matrix_(std::move(matrix)),
        n_(matrix_.size(0)),
        block_(block),
        column_(at::empty({n_, std::min(block, n_)}, matrix_.options())),
        product_(at::empty_like(column_)) {}

  void sweep(int64_t begin) {
    const int64_t end = end_of(begin);
    const at::Tensor inverse = inverse_of(part(begin, end, begin, end));
    at::Tensor column = column_.narrow(1, 0, end - begin);
    at::Tensor product = product_.narrow(1, 0, end - begin);
    column.narrow(0, 0, begin).copy_(part(begin, end, 0, begin).t());
    column.narrow(0, begin, end - begin).zero_();
    column.narrow(0, end, n_ - end).copy_(part(end, n_, begin, end));
    at::mm_out(product, column, inverse);
    // The rows of block k are zeros in both factors: its own row and column are set below.
    for (int64_t other = 0; other < n_; other += block_) {
      const int64_t last = end_of(other);
      part(other, n_, other, last)
          .addmm_(product.narrow(0, other, n_ - other), column.narrow(0, other, last - other).t(),
                  /*beta=*/1, /*alpha=*/-1);
    }
    part(begin, end, 0, begin).copy_(product.narrow(0, 0, begin).t());
    part(end, n_, begin, end).copy_(product.narrow(0, end, n_ - end));
    part(begin, end, begin, end).copy_(inverse.neg());
  }

  /// Turns the sign, and fills in what lies above the diagonal.
  void finish() {
    for (int64_t begin = 0; begin < n_; begin += block_) {
      const int64_t end = end_of(begin);
      part(begin, n_, begin, end).neg_();
      at::Tensor on_diagonal = part(begin, end, begin, end);
      on_diagonal.copy_(at::tril(on_diagonal) + at::tril(on_diagonal, -1).t());
      part(begin, end, end, n_).copy_(part(end, n_, begin, end).t());
    }
  }

 private:
  int64_t end_of(int64_t begin) const { return std::min(begin + block_, n_); }

  at::Tensor part(int64_t row, int64_t row_end, int64_t column, int64_t column_end) const {
    return matrix_.narrow(0, row, row_end - row).narrow(1, column, column_end - column);
  }

  at::Tensor matrix_;
  int64_t n_;
  int64_t block_;
  at::Tensor column_;   // [n, block] the block's column, A_ik
  at::Tensor product_;  // [n, block] A_ik P
};

}  // namespace

void invert_in_place(const at::Tensor& matrix, const std::function<void()>& poll, int64_t block) {
  TORCH_CHECK_VALUE(matrix.dim() == 2 && matrix.size(0) == matrix.size(1) && block > 0,
                    "inverse: expected a square matrix, found ", matrix.sizes());
  const at::NoGradGuard no_grad;
  Sweeps sweeps(matrix, block);
  for (int64_t begin = 0; begin < matrix.size(0); begin += block) {
    if (poll) poll();
    sweeps.sweep(begin);
  }
  sweeps.finish();
}

double invert_in_place_bytes(double n) {
  constexpr double kPanels = 2;
  constexpr double kFloat = 4;
  return kPanels * kFloat * n * std::min(n, static_cast<double>(kInverseBlock));
}

}  // namespace spout
