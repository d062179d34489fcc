// The SVM solver against the primal problem, minimised by plain gradient descent in double
// precision.
#include "spout/models/fitted/dual_svm.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include <cmath>

#include "spout/tests/tensors.h"
#include "spout/tests/testing.h"

using namespace spout;
using namespace spout::testing;

namespace {

constexpr int64_t kRows = 60;
constexpr int64_t kFeatures = 20;
constexpr int64_t kLabels = 5;

/// Rows of a few features, some values below zero if asked; length one.
Csr features(bool negative) {
  at::Tensor x = normal({kRows, kFeatures}, 1).to(at::kFloat);
  x = at::where(normal({kRows, kFeatures}, 2).to(at::kFloat) > 0.5, negative ? x : x.abs(), 0.0);
  x = x / x.norm(2, 1, true).clamp_min(1e-12);
  return from_torch_csr(x.to_sparse_csr());
}

/// Labels that features decide, but for some noise, and one that no row has.
Csr labels(const Csr& x) {
  const at::Tensor dense = to_torch_csr(x).to_dense();
  at::Tensor y = (dense.narrow(1, 0, kLabels) + 0.2 * normal({kRows, kLabels}, 3)) > 0.25;
  y.select(1, kLabels - 1).fill_(false);
  return from_torch_csr(y.to(at::kFloat).to_sparse_csr());
}

SvmOptions to_the_end() {
  SvmOptions options;
  options.smallest = 0.0;
  options.scans = 40;
  options.passes = 200;
  options.tolerance = 1e-7;
  return options;
}

at::Tensor costs(const at::Tensor& y, const SvmOptions& options) {
  const at::Tensor count = (y > 0).sum(0).to(at::kDouble).clamp_min(1.0);
  return options.cost * count.pow(-options.cost_power);
}

/// |w|^2 / 2 + sum C max(0, what is missing)^2, over all labels.   w [D, L]
at::Tensor primal(const at::Tensor& x, const at::Tensor& y, const at::Tensor& w,
                  const SvmOptions& options) {
  const at::Tensor scores = x.mm(w) + kSvmBias;
  const at::Tensor missing = at::where(y > 0, 1.0 - scores, scores + options.margin).clamp_min(0.0);
  const at::Tensor price = costs(y, options) * at::where(y > 0, y, at::ones_like(y));
  return 0.5 * w.square().sum() + (price * missing.square()).sum();
}

at::Tensor minimum(const at::Tensor& x, const at::Tensor& y, const SvmOptions& options) {
  at::Tensor w = at::zeros({kFeatures, kLabels}, at::kDouble).requires_grad_(true);
  for (int step = 0; step < 4000; ++step) {
    primal(x, y, w, options).backward();
    const at::NoGradGuard no_grad;
    w.sub_(w.grad(), 0.02);
    w.mutable_grad().zero_();
  }
  return w.detach();
}

at::Tensor dense(const Csr& matrix) {
  return to_torch_csr(matrix).to_dense().to(at::kDouble);
}

}  // namespace

TEST_CASE("svm: weights and dual objective are those of the primal's minimum") {
  for (const bool negative : {false, true}) {
    CAPTURE(negative);
    const Csr x = features(negative);
    Csr y = labels(x);
    y.values = y.values.clone();
    y.values[0].fill_(0.5);  // a row that counts half
    const SvmOptions options = to_the_end();
    const SvmWeights found = solve_svm(x, y, options);
    check(found.weight);
    const at::Tensor expected = minimum(dense(x), dense(y), options);
    CHECK(largest_difference(dense(found.weight).t(), expected) < 1e-3);
    const auto objective =
        primal(dense(x), dense(y), dense(found.weight).t(), options).item<double>();
    CHECK(found.objective == doctest::Approx(objective).epsilon(1e-4));
    CHECK(dense(found.weight)[kLabels - 1].abs().max().item<double>() == 0.0);
  }
}

TEST_CASE("svm: few passes come near, and leave small weights out") {
  const Csr x = features(false);
  const Csr y = labels(x);
  SvmOptions options;
  const SvmWeights found = solve_svm(x, y, options);
  CHECK(found.weight.values.abs().min().item<float>() >= static_cast<float>(options.smallest));
  const at::Tensor best = minimum(dense(x), dense(y), options);
  const auto least = primal(dense(x), dense(y), best, options).item<double>();
  const auto ours = primal(dense(x), dense(y), dense(found.weight).t(), options).item<double>();
  CHECK(ours < 1.05 * least);
  CHECK(found.objective <= least * (1 + 1e-6));  // a lower bound
}

TEST_CASE("svm: the same seed gives the same bits, whatever the number of threads") {
  const Csr x = features(true);
  const Csr y = labels(x);
  const int threads = at::get_num_threads();
  const SvmWeights expected = solve_svm(x, y, {});
  at::set_num_threads(1);
  const SvmWeights found = solve_svm(x, y, {});
  at::set_num_threads(threads);
  CHECK(found.weight.values.equal(expected.weight.values));
  CHECK(found.weight.col.equal(expected.weight.col));
  CHECK(found.objective == expected.objective);
}

TEST_CASE("svm: what cannot be solved is refused") {
  const Csr x = features(false);
  CHECK_ERROR(solve_svm(x, empty_csr(kRows + 1, 2), {}), "60 rows of features but 61 of labels");
  SvmOptions options;
  options.margin = 1.0;
  CHECK_ERROR(solve_svm(x, labels(x), options), "a margin from 0 to less than 1, found 1");
  CHECK(solve_svm(empty_csr(0, 3), empty_csr(0, 2), {}).weight.nnz() == 0);
  CHECK(solve_svm(empty_csr(4, 3), empty_csr(4, 2), {}).weight.nnz() == 0);
}
