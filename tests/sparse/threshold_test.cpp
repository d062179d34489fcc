// Thresholds: found on hand-written scores, and compared with a search over every cut.
#include "spout/sparse/decode/threshold.h"

#include <ATen/ATen.h>

#include "spout/sparse/decode/decode.h"
#include "spout/tests/testing.h"

using namespace spout;
using namespace spout::testing;

namespace {

constexpr int64_t kRows = 40;
constexpr int64_t kLabels = 11;

at::Tensor random(uint64_t seed) {
  return at::randn({kRows, kLabels}, at::detail::createCPUGenerator(seed), at::kFloat);
}

/// True where the score and noise are large together; label 3 is never true.
at::Tensor truth_of(const at::Tensor& scores) {
  at::Tensor truth = (scores + random(2)).gt(1.5).to(at::kFloat);
  truth.select(1, 3).zero_();
  return truth;
}

Csr sparse(const at::Tensor& dense) {
  return from_torch_csr(dense.to_sparse_csr());
}

double f1(const at::Tensor& scores, const at::Tensor& truth, const at::Tensor& threshold) {
  const at::Tensor predicted = scores.gt(threshold);
  const auto hits = predicted.logical_and(truth.ne(0)).sum().item<double>();
  return 2 * hits / (predicted.sum() + truth.ne(0).sum()).item<double>();
}

double best_on_a_grid(const at::Tensor& scores, const at::Tensor& truth) {
  double best = 0.0;
  for (const at::Tensor& cut : (scores.flatten() - 1e-4).unbind())
    best = std::max(best, f1(scores, truth, cut));
  return best;
}

}  // namespace

TEST_CASE("threshold: the best for all labels is no worse than any cut") {
  const at::Tensor scores = random(1);
  const at::Tensor truth = truth_of(scores);
  ThresholdSearch search(kLabels, kLabels);
  search.add(decode(scores, {kLabels}), sparse(truth));
  const ThresholdChoice best = search.best_for_all();
  CHECK(best.f1 == doctest::Approx(best_on_a_grid(scores, truth)));
  CHECK(best.f1 == doctest::Approx(f1(scores, truth, at::scalar_tensor(best.threshold))));
}

TEST_CASE("threshold: labels that nothing scores are missed at every threshold") {
  const at::Tensor scores = random(1);
  const at::Tensor truth = truth_of(scores);
  const at::Tensor unseen = random(3).narrow(1, 0, 2).gt(1.0).to(at::kFloat);
  ThresholdSearch search(kLabels, kLabels);
  search.add(decode(scores, {kLabels}), sparse(at::cat({truth, unseen}, 1)));
  const at::Tensor lowest = at::full({kRows, 2}, -1e6);
  const double wanted = best_on_a_grid(at::cat({scores, lowest}, 1), at::cat({truth, unseen}, 1));
  CHECK(search.best_for_all().f1 == doctest::Approx(wanted));
  CHECK(wanted < best_on_a_grid(scores, truth));
  ThresholdSearch only_unseen(kLabels, kLabels);
  only_unseen.add(decode(scores, {kLabels}), sparse(at::cat({at::zeros_like(truth), unseen}, 1)));
  CHECK_THROWS_AS(only_unseen.best_for_all(), c10::ValueError);
}

TEST_CASE("threshold: the best for each label is no worse than any cut of that label") {
  const at::Tensor scores = random(1);
  const at::Tensor truth = truth_of(scores);
  ThresholdSearch search(kLabels, kLabels);
  search.add(decode(scores.narrow(0, 0, 15), {kLabels}), sparse(truth.narrow(0, 0, 15)));
  search.add(decode(scores.narrow(0, 15, 25), {kLabels}), sparse(truth.narrow(0, 15, 25)));
  const at::Tensor own = search.best_for_each(-7.0F);
  for (int64_t label = 0; label < kLabels; ++label) {
    CAPTURE(label);
    const at::Tensor z = scores.select(1, label);
    const at::Tensor y = truth.select(1, label);
    if (y.sum().item<int64_t>() < ThresholdSearch::kFewestTrue) {
      CHECK(own[label].item<float>() == -7.0F);
    } else {
      CHECK(f1(z, y, own[label]) == doctest::Approx(best_on_a_grid(z, y)));
    }
  }
}

TEST_CASE("threshold: equal scores fall on one side together, and the cut lies between scores") {
  ThresholdSearch search(4, 4);
  search.add(make_csr(1, 4, {0, 4}, {0, 1, 2, 3}, {3.0F, 2.0F, 2.0F, 0.0F}),
             make_csr(1, 4, {0, 2}, {0, 2}, {5.0F, -1.0F}));
  const ThresholdChoice best = search.best_for_all();
  CHECK(best.threshold == 1.0F);
  CHECK(best.f1 == doctest::Approx(0.8));
}

TEST_CASE("threshold: below the scores that a full row shows nothing is judged") {
  ThresholdSearch search(5, 2);
  // The second row's other scores, up to 2, are unknown: a cut below 2 might let them in.
  search.add(make_csr(2, 5, {0, 1, 3}, {0, 1, 2}, {0.5F, 3.0F, 2.0F}),
             make_csr(2, 5, {0, 1, 3}, {0, 1, 2}, {1.0F, 1.0F, 1.0F}));
  const ThresholdChoice best = search.best_for_all();
  CHECK(best.threshold == 2.5F);
  CHECK(best.f1 == doctest::Approx(0.5));
}

TEST_CASE("threshold: one row in many that is full of high scores does not decide for all") {
  ThresholdSearch search(5, 2);
  for (int i = 0; i < 200; ++i)
    search.add(make_csr(1, 5, {0, 1}, {0}, {0.5F}), make_csr(1, 5, {0, 1}, {0}, {1.0F}));
  search.add(make_csr(1, 5, {0, 2}, {1, 2}, {9.0F, 8.0F}), empty_csr(1, 5));
  CHECK(search.best_for_all().threshold < 0.5F);
}

TEST_CASE("threshold: rows without any label cannot choose one") {
  ThresholdSearch search(4, 4);
  search.add(make_csr(1, 4, {0, 1}, {0}, {3.0F}), empty_csr(1, 4));
  CHECK_ERROR(search.best_for_all(), "none of the rows to choose it by has a label");
  CHECK_ERROR(search.add(empty_csr(2, 4), empty_csr(1, 4)), "scores 2 x 4 but truth 1 x 4");
}

TEST_CASE("threshold: as many scores as wished lie above a count's threshold") {
  const at::Tensor scores = at::cat({random(1), random(5), random(6)});
  for (const int64_t count : {0, 1, 7, 100, 10000}) {
    CAPTURE(count);
    CountThreshold search(count);
    for (int64_t row = 0; row < scores.size(0); row += 8)
      search.add(decode(scores.narrow(0, row, 8), {0, search.limit()}));
    const int64_t above = scores.gt(search.finish()).sum().item<int64_t>();
    CHECK(above == std::min(count, scores.numel()));
  }
}

TEST_CASE("decode: labels' own thresholds choose by the distance above them and keep the scores") {
  const at::Tensor scores = random(1);
  DecodeOptions options{0, 0.0F};
  options.label_thresholds = at::linspace(-1.0, 1.0, kLabels, at::kFloat);
  const Csr chosen = decode(scores, options);
  const at::Tensor expected = scores.masked_fill(scores.le(options.label_thresholds), 0.0);
  CHECK((to_torch_csr(chosen).to_dense() - expected).abs().max().item<double>() < 1e-6);
  options.top_k = 1;
  const at::Tensor best = (scores - options.label_thresholds).argmax(1);
  const Csr first = decode(scores, options);
  for (int64_t row = 0; row < kRows; ++row) {
    const auto columns = first.row_columns(row);
    if (!columns.empty()) CHECK(columns[0] == best[row].item<int64_t>());
  }
  options.threshold = 1.0F;
  CHECK_ERROR(decode(scores, options), "both a threshold of 1 and one for each label");
}
