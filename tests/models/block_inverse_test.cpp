// The inverse in place, against torch's in double precision.
#include "spout/models/fitted/block_inverse.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/linalg_inv.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tril.h>

#include "spout/tests/testing.h"

using namespace spout;
using namespace spout::testing;

namespace {

/// A random matrix X^T X + ridge I [n, n].
at::Tensor positive(int64_t n, double ridge) {
  const at::Tensor x = at::randn({n / 2 + 3, n}, at::kDouble);
  return (x.t().mm(x) + at::eye(n, at::kDouble) * ridge).to(at::kFloat);
}

TEST_CASE("inverse: blocks of any size give that of double precision, whole and symmetric") {
  for (const int64_t n : {1, 2, 7, 32, 33}) {
    const at::Tensor matrix = positive(n, 2.0);
    const at::Tensor expected = at::linalg_inv(matrix.to(at::kDouble));
    for (const int64_t block : {1, 4, 8, 100}) {
      at::Tensor inverse = matrix.clone();
      invert_in_place(inverse, nullptr, block);
      CHECK(at::allclose(inverse.to(at::kDouble), expected, 1e-4, 1e-6));
      CHECK(inverse.equal(inverse.t()));
    }
  }
}

TEST_CASE("inverse: what lies above the diagonal is not read") {
  const at::Tensor matrix = positive(9, 1.0);
  at::Tensor whole = matrix.clone();
  at::Tensor lower = at::tril(matrix);
  invert_in_place(whole, nullptr, 9);
  invert_in_place(lower, nullptr, 9);
  CHECK(lower.equal(whole));
}

TEST_CASE("inverse: a matrix that is not positive definite is an error, and poll may stop it") {
  at::Tensor indefinite = at::eye(4);
  indefinite[3][3] = -1.0;
  CHECK_THROWS_AS(invert_in_place(indefinite, nullptr, 2), c10::ValueError);
  at::Tensor matrix = positive(8, 1.0);
  int64_t polls = 0;
  const auto stop = [&] {
    if (++polls == 3) throw std::runtime_error("stopped");
  };
  CHECK_THROWS_AS(invert_in_place(matrix, stop, 2), std::runtime_error);
  CHECK(polls == 3);
}

}  // namespace
