// Metrics on cases small enough to check by hand; agreement with napkinXC is in metrics_test.py.
#include "spout/sparse/metrics/metric.h"

#include <cmath>

#include "spout/sparse/metrics/propensity.h"
#include "spout/tests/testing.h"

using namespace spout;
using namespace spout::testing;

namespace {

/// Row 0: truth {0, 2}, ranked 2, 1, 0. Row 1: truth {3}, ranked 0. Row 2: no truth, ranked 1.
Csr truth_rows() {
  return make_csr(3, 4, {0, 2, 3, 3}, {0, 2, 3}, {1, 1, 1});
}
Csr ranked_rows() {
  return make_csr(3, 4, {0, 3, 4, 5}, {0, 1, 2, 0, 1}, {0.1F, 0.5F, 0.9F, 0.3F, 0.2F});
}

double value_of(const char* metric, const LabelStatistics& labels = {}) {
  MetricEvaluator evaluator(parse_metrics(metric), 4, labels);
  evaluator.add(ranked_rows(), ranked_rows(), truth_rows());
  return evaluator.values().front().second;
}

}  // namespace

TEST_CASE("metrics: precision divides hits by k and counts rows without labels as 0") {
  CHECK(value_of("P@1") == doctest::Approx(1.0 / 3));
  CHECK(value_of("P@3") == doctest::Approx((2.0 / 3) / 3));
}

TEST_CASE("metrics: recall divides hits by the true labels") {
  CHECK(value_of("Recall@1") == doctest::Approx(0.5 / 3));
  CHECK(value_of("Recall@3") == doctest::Approx(1.0 / 3));
}

TEST_CASE("metrics: nDCG discounts by rank and normalises by the best order") {
  const double gain = 1.0 + 1.0 / std::log2(4.0);
  const double ideal = 1.0 + 1.0 / std::log2(3.0);
  CHECK(value_of("nDCG@3") == doctest::Approx(gain / ideal / 3));
}

TEST_CASE("metrics: PSP is the ratio of sums of inverse propensities") {
  const std::vector<double> inverse{2.0, 3.0, 5.0, 7.0};
  CHECK(value_of("PSP@1", {inverse}) == doctest::Approx(5.0 / (5.0 + 7.0)));
  CHECK(value_of("PSP@3", {inverse}) == doctest::Approx(7.0 / (7.0 + 7.0)));
}

TEST_CASE("metrics: recall by frequency pools the entries of labels with so many training rows") {
  // True: 0 and 2 in row 0, 3 in row 1. Ranked: 2, 1, 0 in row 0 and 0 in row 1.
  const LabelStatistics labels{{}, {5, 0, 51, 1}};
  CHECK(value_of("Recall-1-5@1", labels) == 0.0);
  CHECK(value_of("Recall-1-5@3", labels) == doctest::Approx(1.0 / 2));
  CHECK(value_of("Recall-51@1", labels) == 1.0);
  CHECK(value_of("Recall-6-50@3", labels) == 0.0);
  CHECK(value_of("Recall-0@3", labels) == 0.0);
  CHECK_ERROR(MetricEvaluator(parse_metrics("Recall-0@1"), 4, {}), "training rows of 0 labels");
}

TEST_CASE("metrics: F1 counts sets, micro over entries and macro over all labels") {
  // Predicted {0,1,2}, {0}, {1}; true {0,2}, {3}, {}: 2 hits, 5 predicted, 3 true.
  CHECK(value_of("micro-F1") == doctest::Approx(2.0 * 2 / (5 + 3)));
  CHECK(value_of("macro-F1") == doctest::Approx((2.0 / 3 + 0 + 1.0 + 0) / 4));
}

TEST_CASE("metrics: equal scores rank by ascending label") {
  const Csr tied = make_csr(1, 4, {0, 2}, {1, 2}, {0.5F, 0.5F});
  const Csr truth = make_csr(1, 4, {0, 1}, {1}, {1});
  MetricEvaluator evaluator(parse_metrics("P@1"), 4, {});
  evaluator.add(tied, {}, truth);
  CHECK(evaluator.values().front().second == 1.0);
}

TEST_CASE("metrics: an explicit zero in the truth is no label") {
  const Csr truth = make_csr(1, 4, {0, 1}, {2}, {0.0F});
  MetricEvaluator evaluator(parse_metrics("P@1"), 4, {});
  evaluator.add(make_csr(1, 4, {0, 1}, {2}, {1.0F}), {}, truth);
  CHECK(evaluator.values().front().second == 0.0);
}

TEST_CASE("metrics: adding rows in two parts is adding them at once") {
  MetricEvaluator parts(parse_metrics("P@1,nDCG@3,micro-F1"), 4, {});
  for (int64_t row = 0; row < 3; ++row) {
    const std::vector<int64_t> one{row};
    parts.add(gather_rows(ranked_rows(), one), gather_rows(ranked_rows(), one),
              gather_rows(truth_rows(), one));
  }
  for (const auto& [name, value] : parts.values()) {
    CHECK(value == doctest::Approx(value_of(name.c_str())));
  }
}

TEST_CASE("metrics: names are parsed in order, and bad ones are explained") {
  const auto specs = parse_metrics("P@1,PSnDCG@10,macro-F1");
  REQUIRE(specs.size() == 3);
  CHECK(specs[1].name() == "PSnDCG@10");
  CHECK(deepest_rank(specs) == 10);
  CHECK(need_sets(specs));
  CHECK(need_propensities(specs));
  CHECK_ERROR(parse_metrics("Precision@1"), "known: P@k");
  CHECK_ERROR(parse_metrics("P"), "expected P@ and a positive number");
  CHECK_ERROR(parse_metrics("P@0"), "positive number");
  CHECK_ERROR(parse_metrics("P@1x"), "positive number");
  CHECK_ERROR(parse_metrics("micro-F1@3"), "takes no @k");
  CHECK_ERROR(parse_metrics(""), "no metric named");
}

TEST_CASE("metrics: every entry of the table can be evaluated") {
  for (const MetricInfo& info : metric_table()) {
    const std::string name = std::string(info.name) + (info.takes_k() ? "@2" : "");
    const double value = value_of(name.c_str(), {{1.0, 1.0, 1.0, 1.0}, {1, 1, 1, 1}});
    CHECK(std::isfinite(value) != info.is_loss);  // which only a training knows
    if (info.is_loss || info.of_values != nullptr) continue;
    // Not every frequency has a hit.
    CHECK((value > 0.0 || info.needs_training_rows));
    CHECK(value <= 1.0);
  }
}

TEST_CASE("propensity: Jain's formula, by hand") {
  const Csr y = make_csr(10, 2, {0, 1, 2, 3, 3, 3, 3, 3, 3, 3, 3}, {0, 0, 0}, {1, 1, 1});
  const std::vector<double> inverse = inverse_propensities(y);
  const double c = (std::log(10.0) - 1) * std::pow(2.5, 0.55);
  CHECK(inverse[0] == doctest::Approx(1 + c * std::pow(4.5, -0.55)));
  CHECK(inverse[1] == doctest::Approx(1 + c * std::pow(1.5, -0.55)));
}

TEST_CASE("metrics: predictions of another shape than the truth are refused") {
  MetricEvaluator evaluator(parse_metrics("P@1"), 4, {});
  CHECK_ERROR(evaluator.add(empty_csr(2, 4), {}, truth_rows()),
              "predictions 2 x 4 but truth 3 x 4");
  CHECK_ERROR(MetricEvaluator(parse_metrics("PSP@1"), 4, LabelStatistics{{1.0}}),
              "propensities of 1 labels");
}

TEST_CASE("metrics: precision and recall pool the predicted entries") {
  CHECK(value_of("precision") == doctest::Approx(2.0 / 5));
  CHECK(value_of("recall") == doctest::Approx(2.0 / 3));
}

TEST_CASE("metrics: errors of values count absent entries as 0, over all or over the non-zeros") {
  // [3, 4]: truth 1, 0, 1, 0 / 0, 0, 0, 1 / 0; predicted 0.1, 0.5, 0.9, 0 / 0.3 / 0, 0.2.
  const double squares = 0.81 + 0.25 + 0.01 + 0.09 + 1.0 + 0.04;
  CHECK(value_of("MSE") == doctest::Approx(squares / 12));
  CHECK(value_of("MAE") == doctest::Approx((0.9 + 0.5 + 0.1 + 0.3 + 1.0 + 0.2) / 12));
  CHECK(value_of("R2") == doctest::Approx(1.0 - squares / (3.0 - 9.0 / 12)));
  CHECK(value_of("nz-MSE") == doctest::Approx((0.81 + 0.01 + 1.0) / 3));
  CHECK(value_of("nz-MAE") == doctest::Approx((0.9 + 0.1 + 1.0) / 3));
  CHECK(value_of("nz-R2") == 0.0);  // the true values are all equal
  CHECK(value_of("density") == doctest::Approx(5.0 / 12));
  CHECK(value_of("density-ratio") == doctest::Approx(5.0 / 3));
}

TEST_CASE("metrics: calibration of the best labels' probabilities") {
  const auto sigmoid = [](double z) { return 1.0 / (1.0 + std::exp(-z)); };
  const double hit = sigmoid(0.9F), first_miss = sigmoid(0.3F), second_miss = sigmoid(0.2F);
  CHECK(value_of("Brier@1") ==
        doctest::Approx(
            ((1 - hit) * (1 - hit) + first_miss * first_miss + second_miss * second_miss) / 3));
  // 0.71, 0.574 and 0.55 lie in bins 10, 8 and 8.
  CHECK(value_of("ECE@1") == doctest::Approx(((1 - hit) + first_miss + second_miss) / 3));
}
