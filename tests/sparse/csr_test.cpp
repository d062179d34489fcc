// The CSR type: checks, row selection, transposition, and its views as torch tensors.
#include "spout/sparse/layout/csr.h"

#include <ATen/ATen.h>

#include "spout/sparse/layout/used_columns.h"
#include "spout/tests/testing.h"

using namespace spout;
using namespace spout::testing;

namespace {

using Ints = std::vector<int64_t>;

Csr small() {
  return make_csr(3, 4, {0, 2, 2, 3}, {0, 3, 1}, {1, 2, 3});
}

}  // namespace

TEST_CASE("csr: a well-formed matrix passes, each defect is refused by name") {
  check(small());
  CHECK_ERROR(check(make_csr(3, 4, {0, 2, 3}, {0, 3, 1}, {1, 2, 3})), "3 rows");
  CHECK_ERROR(check(make_csr(1, 4, {0, 2}, {3, 0}, {1, 2})), "columns must ascend");
  CHECK_ERROR(check(make_csr(1, 4, {0, 2}, {1, 1}, {1, 2})), "columns must ascend");
  CHECK_ERROR(check(make_csr(1, 4, {0, 1}, {4}, {1})), "names column 4 of 4");
  CHECK_ERROR(check(make_csr(1, 4, {0, 1}, {-1}, {1})), "names column -1");
  CHECK_ERROR(check(make_csr(2, 4, {0, 2, 1}, {1, 2}, {1, 1})), "row pointers");
  CHECK_ERROR(check(make_csr(3, 4, {0, 2, 1, 2}, {1, 2}, {1, 1})), "ends before it begins");
  CHECK_ERROR(check(make_csr(1, 4, {0, 1}, {1}, {1, 2})), "2 values");
}

TEST_CASE("csr: rows are gathered in the order asked for, repeats included") {
  const Csr rows = gather_rows(small(), Ints{2, 0, 2, 1});
  check(rows);
  CHECK(elements<int64_t>(rows.crow) == Ints{0, 1, 3, 4, 4});
  CHECK(elements<int64_t>(rows.col) == Ints{1, 0, 3, 1});
}

TEST_CASE("csr: transposing twice gives the matrix back") {
  const Csr once = transpose(small());
  check(once);
  CHECK(once.rows == 4);
  const Csr twice = transpose(once);
  CHECK(twice.crow.equal(small().crow));
  CHECK(twice.col.equal(small().col));
  CHECK(twice.values.equal(small().values));
}

TEST_CASE("csr: torch sees the same matrix as CSR and as coalesced COO") {
  const at::Tensor csr = to_torch_csr(small());
  const at::Tensor coo = to_torch_coo(small());
  CHECK(csr.layout() == at::kSparseCsr);
  CHECK(coo.is_coalesced());
  CHECK(csr.to_dense().equal(coo.to_dense()));
  CHECK(csr.to_dense()[2][1].item<float>() == 3.0F);
  CHECK(from_torch_csr(csr).col.equal(small().col));
  CHECK_ERROR(from_torch_csr(coo), "torch.sparse_csr");
}

TEST_CASE("csr: shapes beyond 2^31 are handled") {
  const int64_t wide = int64_t{3} << 32;
  const Csr matrix = make_csr(1, wide, {0, 1}, {wide - 1}, {1});
  check(matrix);
  CHECK(to_torch_coo(matrix).size(1) == wide);
  CHECK(gather_rows(matrix, Ints{0}).cols == wide);
}

TEST_CASE("used columns: rows keep the columns that they use, again and again") {
  UsedColumns used(4);
  const Csr both = used.gather(small(), Ints{2, 0});
  CHECK(Ints(used.columns().begin(), used.columns().end()) == Ints{0, 1, 3});
  CHECK(to_torch_csr(both).to_dense().equal(
      at::tensor({0.0F, 3.0F, 0.0F, 1.0F, 0.0F, 2.0F}).view({2, 3})));
  const Csr one = used.gather(small(), Ints{2});
  CHECK(Ints(used.columns().begin(), used.columns().end()) == Ints{1});
  CHECK(one.cols == 1);
  CHECK(one.col.equal(at::zeros({1}, at::kLong)));
  CHECK(used.gather(small(), Ints{1}).cols == 0);
}
