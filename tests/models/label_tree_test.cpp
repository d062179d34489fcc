// Label trees of many levels: their clusters, the ways in which they predict, and which trees an
// svm plans by itself.
#include <algorithm>
#include <set>

#include "spout/models/fitted/label_clusters.h"
#include "spout/models/fitted/label_tree.h"
#include "spout/models/fitted/svm.h"
#include "spout/models/fitted/svm_plan.h"
#include "spout/sparse/base/random.h"
#include "spout/sparse/decode/decode.h"
#include "spout/tests/models/model_case.h"

using namespace spout;
using namespace spout::testing;

namespace {

struct Data {
  Csr x;
  Csr y;
};

/// Rows with one label of `labels` each: two features of the label's own, one of every eighth
/// label, and two drawn from those of all labels.
Data drawn(int64_t rows, int64_t labels) {
  const int64_t features = 3 * labels;
  std::vector<int64_t> crow{0};
  std::vector<int64_t> col;
  std::vector<int64_t> label;
  std::vector<int64_t> one_each{0};
  for (int64_t row = 0; row < rows; ++row) {
    const auto draw = [&](uint64_t what, int64_t below) {
      return random_below(5, RandomStream::kSynth, static_cast<uint64_t>(row), what, below);
    };
    const int64_t own = draw(0, labels);
    std::set<int64_t> all{2 * own, 2 * own + 1, 2 * labels + own / 8};
    for (uint64_t i = 1; i < 3; ++i)
      all.insert(draw(i, features));
    col.insert(col.end(), all.begin(), all.end());
    crow.push_back(static_cast<int64_t>(col.size()));
    label.push_back(own);
    one_each.push_back(row + 1);
  }
  std::vector<float> values(col.size(), 0.45F);
  std::vector<float> ones(label.size(), 1.0F);
  return {make_csr(rows, features, crow, col, values),
          make_csr(rows, labels, one_each, label, ones)};
}

ModelOptions with_trees(std::vector<int64_t> trees, int64_t beam) {
  ModelOptions options;
  options.svm.trees = std::move(trees);
  options.svm.beam = beam;
  options.svm.feature_power = {1.0};
  options.svm.cost = 1.0;
  return options;
}

}  // namespace

TEST_CASE("label clusters: each level divides the clusters of the one before, in their order") {
  const Data data = drawn(2000, 100);
  ClusterOptions options;
  options.depths = {2, 4, 6};
  options.least_share = 0.4;
  const auto levels = cluster_labels(data.x, data.y, options);
  REQUIRE(levels.size() == 3);
  for (size_t level = 0; level < 3; ++level) {
    const std::set<int64_t> used(levels[level].begin(), levels[level].end());
    CHECK(*used.begin() == 0);
    CHECK(*used.rbegin() == static_cast<int64_t>(used.size()) - 1);
    std::vector<int64_t> sizes(used.size());
    for (const int64_t cluster : levels[level])
      ++sizes[static_cast<size_t>(cluster)];
    if (level == 0) CHECK(*std::min_element(sizes.begin(), sizes.end()) >= 16);  // .4 * .4 * 100
  }
  for (size_t level = 1; level < 3; ++level) {
    for (size_t a = 0; a < 100; ++a) {
      for (size_t b = 0; b < 100; ++b) {
        if (levels[level][a] > levels[level][b]) continue;
        CHECK(levels[level - 1][a] <= levels[level - 1][b]);
      }
    }
  }
}

TEST_CASE("label tree: deep ones have levels of few clusters to a parent") {
  CHECK(cluster_depths(0) == std::vector<int64_t>{0});
  CHECK(cluster_depths(9) == std::vector<int64_t>{9});
  CHECK(cluster_depths(10) == std::vector<int64_t>{5, 10});
  CHECK(cluster_depths(14) == std::vector<int64_t>{5, 10, 14});
  CHECK(cluster_depths(20) == std::vector<int64_t>{5, 10, 15, 20});
}

TEST_CASE("label tree: one of many levels finds nearly what SVMs against all rows find") {
  const Data data = drawn(3000, 200);
  const Data test = drawn(3500, 200);  // the last 500 rows are new
  const auto right_of = [&](const std::vector<int64_t>& trees) {
    const ModelOptions options = with_trees(trees, 10);
    const auto model = make_svm({data.x.cols, 200}, options, 1);
    fit_svm(*model, {data.x, data.y, 1}, options);
    const Csr found = model->predict_scores(to_torch_csr(test.x), {1}, nullptr);
    int64_t right = 0;
    for (int64_t row = 3000; row < 3500; ++row) {
      const auto labels = found.row_columns(row);
      right += static_cast<int64_t>(!labels.empty() && labels[0] == test.y.row_columns(row)[0]);
    }
    return right;
  };
  const int64_t against_all = right_of({0});
  CHECK(against_all > 450);
  CHECK(right_of({10}) > against_all - 25);
  CHECK(right_of({14, 14}) > against_all - 25);
}

TEST_CASE("label tree: rows take the same way down in all three ways of predicting") {
  const Data data = drawn(1500, 120);
  for (const int64_t beam : {2, 5, 1000}) {
    CAPTURE(beam);
    const ModelOptions options = with_trees({10, 14}, beam);
    const auto model = make_svm({data.x.cols, 120}, options, 1);
    fit_svm(*model, {data.x, data.y, 1}, options);
    const at::Tensor x = to_torch_csr(drawn(64, 120).x);
    const at::Tensor scores = model->scores(x);
    CHECK(scores.isfinite().any().item<bool>());
    const Csr found = model->predict_scores(x, {120}, nullptr);
    const Csr expected = decode(scores, {120});
    CHECK(found.crow.equal(expected.crow));
    CHECK(found.col.equal(expected.col));
    CHECK(at::allclose(found.values, expected.values, 1e-5, 1e-5));
    torch::jit::Module script = model->to_script();
    CHECK(largest_difference(script.forward({x}).toTensor(), scores) < 1e-5);
    CHECK(largest_difference(script.forward({x.to_dense()}).toTensor(), scores) < 1e-5);
  }
}

TEST_CASE(
    "label tree: a wider beam finds more labels, and none that a narrow one scores otherwise") {
  const Data data = drawn(1500, 120);
  const auto scores_with = [&](int64_t beam) {
    const ModelOptions options = with_trees({10}, beam);
    const auto model = make_svm({data.x.cols, 120}, options, 1);
    fit_svm(*model, {data.x, data.y, 1}, options);
    return model->scores(to_torch_csr(data.x));
  };
  const at::Tensor all = scores_with(1000);
  const at::Tensor few = scores_with(2);
  const at::Tensor known = few.isfinite();
  CHECK(known.sum().item<int64_t>() < all.isfinite().sum().item<int64_t>());
  CHECK(few.masked_select(known).equal(all.masked_select(known)));
}

TEST_CASE("svm plan: SVMs against all rows where they are affordable, else several deep trees") {
  const Data data = drawn(2000, 100);
  const SvmPlan usual = plan_svm(data.x, data.y, SvmBudget{});
  CHECK(usual.trees == std::vector<int64_t>{0, 9});
  CHECK(usual.seconds > 0.0);
  CHECK(plan_svm(data.x, data.y, {0.0, 1e9, 3}).trees == std::vector<int64_t>{10, 10, 10});
  CHECK(plan_svm(data.x, data.y, {0.0, 0.0, 3}).trees == std::vector<int64_t>{10});
  CHECK(plan_svm(empty_csr(0, 5), empty_csr(0, 0), SvmBudget{}).trees.size() == 2);
}

TEST_CASE("svm plan: all labels of a small set are counted, rows once for each feature") {
  const Csr x = make_csr(3, 3, {0, 2, 4, 5}, {0, 1, 1, 2, 2}, std::vector<float>(5, 1.0F));
  const Csr y = make_csr(3, 2, {0, 1, 2, 4}, {0, 0, 0, 1}, std::vector<float>(4, 1.0F));
  // Label 0 has all rows and features: 1 + 2 + 2 rows with them; label 1 feature 2: 2 rows.
  CHECK(one_vs_rest_seconds(x, y) == doctest::Approx(7 * 2e-8));
}

TEST_CASE("svm progress: the share that is done rises to 1, whatever the trees") {
  const Data data = drawn(600, 60);
  for (const auto& trees : {std::vector<int64_t>{0}, {0, 4}, {10, 14}}) {
    const ModelOptions options = with_trees(trees, 10);
    std::vector<double> shares;
    const auto model = make_svm({data.x.cols, 60}, options, 1);
    FitInput input{data.x, data.y, 1};
    input.progress = [&](double share) { shares.push_back(share); };
    fit_svm(*model, input, options);
    REQUIRE(shares.size() > 50);
    CHECK(std::is_sorted(shares.begin(), shares.end()));
    CHECK(shares.front() > 0.0);
    CHECK(shares.back() <= 1.0);
    CHECK(shares.back() > 0.5);
  }
}
