// From scores to CSR: order, bounds, ties and what must never be an entry.
#include "spout/sparse/decode/decode.h"

#include <ATen/ATen.h>

#include "spout/tests/testing.h"

using namespace spout;
using namespace spout::testing;

namespace {

using Ints = std::vector<int64_t>;

const float kInfinity = std::numeric_limits<float>::infinity();

at::Tensor scores() {
  return at::tensor({0.1F, 0.9F, -0.5F, 0.4F, 2.0F, -1.0F, 3.0F, 1.0F}).view({2, 4});
}

}  // namespace

TEST_CASE("decode: the best k of each row, columns ascending") {
  const Csr best = decode(scores(), {2, -kInfinity});
  check(best);
  CHECK(elements<int64_t>(best.crow) == Ints{0, 2, 4});
  CHECK(elements<int64_t>(best.col) == Ints{1, 3, 0, 2});
  CHECK(elements<float>(best.values) == std::vector<float>{0.9F, 0.4F, 2.0F, 3.0F});
  CHECK(best.cols == 4);
}

TEST_CASE("decode: a threshold keeps what is above it, also within the best k") {
  CHECK(elements<int64_t>(decode(scores(), {0, 0.4F}).col) == Ints{1, 0, 2, 3});
  CHECK(elements<int64_t>(decode(scores(), {1, 1.0F}).crow) == Ints{0, 0, 1});
}

TEST_CASE("decode: k above L, L of 1 and no rows are fine") {
  CHECK(decode(scores(), {9, -kInfinity}).nnz() == 8);
  CHECK(decode(at::ones({3, 1}), {5, -kInfinity}).nnz() == 3);
  const Csr none = decode(at::empty({0, 4}), {2, -kInfinity});
  check(none);
  CHECK(none.rows == 0);
}

TEST_CASE("decode: -infinity is never an entry, NaN is an error that names the row") {
  at::Tensor z = scores();
  z[0][1] = -kInfinity;
  CHECK(decode(z, {4, -kInfinity}).nnz() == 7);
  z[1][2] = std::numeric_limits<float>::quiet_NaN();
  CHECK_ERROR(decode(z, {2, -kInfinity}), "row 1");
}

TEST_CASE("decode: excluded entries are not chosen, whatever their value") {
  const at::Tensor z = scores();
  const Csr seen = make_csr(2, 4, {0, 1, 2}, {1, 2}, {1.0F, 0.0F});
  CHECK(elements<int64_t>(decode(z, {1, -kInfinity}, &seen).col) == Ints{3, 0});
  const Csr wide = empty_csr(2, 5);
  CHECK_ERROR(decode(z, {1, -kInfinity}, &wide), "2 x 5");
}

TEST_CASE("decode: without k a row keeps its best up to the limit, and cut rows are counted") {
  DecodeReport report;
  const Csr kept = decode(scores(), {0, 0.3F, 2}, nullptr, &report);
  CHECK(elements<int64_t>(kept.col) == Ints{1, 3, 0, 2});
  CHECK(report.cut_rows == 1);
  CHECK(decode(scores(), {0, 0.3F, std::numeric_limits<int64_t>::max()}).nnz() == 5);
}

TEST_CASE("decode: of equal scores the first labels win") {
  CHECK(elements<int64_t>(decode(at::zeros({1, 300}), {2, -kInfinity}).col) == Ints{0, 1});
}

TEST_CASE("decode: above keeps the entries over a threshold") {
  const Csr kept = above(make_csr(2, 3, {0, 2, 3}, {0, 2, 1}, {0.5F, 1.5F, 0.2F}), 0.4F);
  CHECK(elements<int64_t>(kept.crow) == Ints{0, 2, 2});
}

TEST_CASE("decode: stacked parts are the whole") {
  CsrStack stack(4);
  stack.append(decode(scores(), {2, -kInfinity}));
  stack.append(empty_csr(1, 4));
  stack.append(decode(scores(), {1, -kInfinity}));
  const Csr whole = stack.finish();
  check(whole);
  CHECK(elements<int64_t>(whole.crow) == Ints{0, 2, 4, 4, 5, 6});
  CHECK_ERROR(stack.append(empty_csr(1, 5)), "expected 4 columns, found 5");
}
