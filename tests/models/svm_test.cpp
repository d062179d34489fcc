// The model `svm`: clusters of labels, trees of them, the power of features, and the three ways in
// which it predicts.
#include <cmath>
#include <set>

#include "spout/app/run/run_folder.h"
#include "spout/models/fitted/feature_power.h"
#include "spout/models/fitted/label_clusters.h"
#include "spout/models/fitted/svm.h"
#include "spout/models/fitted/svm_cost.h"
#include "spout/sparse/base/random.h"
#include "spout/sparse/decode/decode.h"
#include "spout/tests/models/model_case.h"

using namespace spout;
using namespace spout::testing;

namespace {

constexpr int64_t kRows = 80;
constexpr int64_t kTopics = 4;
constexpr int64_t kLabels = 12;

/// Rows of one topic each: features 5 t .. 5 t + 4, and labels 3 t .. 3 t + 2.
struct Topics {
  Csr x;
  Csr y;
};

Topics topics() {
  std::vector<int64_t> x_crow{0};
  std::vector<int64_t> x_col;
  std::vector<float> x_values;
  std::vector<int64_t> y_crow{0};
  std::vector<int64_t> y_col;
  for (int64_t row = 0; row < kRows; ++row) {
    const int64_t topic = row % kTopics;
    const int64_t which = row / kTopics % 3;
    for (int64_t i = 0; i < 5; ++i) {
      x_col.push_back(5 * topic + i);
      x_values.push_back(i == which ? 0.8F : 0.3F);
    }
    x_crow.push_back(static_cast<int64_t>(x_col.size()));
    y_col.push_back(3 * topic + which);
    y_crow.push_back(static_cast<int64_t>(y_col.size()));
  }
  std::vector<float> ones(y_col.size(), 1.0F);
  return {make_csr(kRows, 5 * kTopics, x_crow, x_col, x_values),
          make_csr(kRows, kLabels, y_crow, y_col, ones)};
}

std::shared_ptr<Model> fitted(const ModelOptions& options) {
  const Topics data = topics();
  const auto model = make_svm({data.x.cols, kLabels}, options, 1);
  fit_svm(*model, {data.x, data.y, 1}, options);
  return model;
}

ModelOptions with_trees(std::vector<int64_t> trees, int64_t beam = 10) {
  ModelOptions options;
  options.svm.trees = std::move(trees);
  options.svm.beam = beam;
  return options;
}

}  // namespace

TEST_CASE("label clusters: labels of like rows come together, whatever the seed") {
  const Topics data = topics();
  for (const uint64_t seed : {1, 2, 3, 4}) {
    CAPTURE(seed);
    ClusterOptions options;
    options.depths = {8};
    options.seed = seed;
    const std::vector<int64_t> cluster = cluster_labels(data.x, data.y, options).front();
    const std::set<int64_t> used(cluster.begin(), cluster.end());
    CHECK(*used.begin() == 0);
    CHECK(*used.rbegin() == static_cast<int64_t>(used.size()) - 1);
    for (size_t a = 0; a < cluster.size(); ++a) {
      for (size_t b = 0; b < a; ++b)
        CHECK((cluster[a] != cluster[b] || a / 3 == b / 3));  // no cluster has two topics
    }
    options.depths = {0};
    CHECK(cluster_labels(data.x, data.y, options).front() == std::vector<int64_t>(kLabels, 0));
  }
}

TEST_CASE("svm: alone, in a tree and averaged it finds each row's label") {
  const Topics data = topics();
  for (const auto& trees : {std::vector<int64_t>{0}, {2}, {3}, {0, 2}, {0, 3, 3}}) {
    const auto model = fitted(with_trees(trees));
    const Csr best = model->predict_scores(to_torch_csr(data.x), {1}, nullptr);
    CHECK(best.col.equal(data.y.col));
    CHECK(best.values.max().item<float>() <= 1.0F);
    CHECK(best.values.min().item<float>() > 0.0F);
  }
}

TEST_CASE("svm: a row is looked at in its best clusters only") {
  const Topics data = topics();
  const at::Tensor all = fitted(with_trees({2}, 10))->scores(to_torch_csr(data.x));
  const at::Tensor few = fitted(with_trees({2}, 1))->scores(to_torch_csr(data.x));
  const at::Tensor known = few.isfinite();
  CHECK(known.sum().item<int64_t>() > 0);
  CHECK(known.sum().item<int64_t>() <= all.isfinite().sum().item<int64_t>());
  CHECK(few.masked_select(known).equal(all.masked_select(known)));
  CHECK(known.to(at::kFloat).sum(1).max().item<float>() < kLabels);
}

TEST_CASE("svm: zeros that are stored, in features and targets, change nothing") {
  Topics data = topics();
  const auto expected = fitted(with_trees({0, 3}))->scores(to_torch_csr(data.x));
  std::vector<int64_t> crow{0};
  std::vector<int64_t> col;
  std::vector<float> values;
  for (int64_t row = 0; row < kRows; ++row) {
    const int64_t label = data.y.row_columns(row)[0];
    for (const int64_t other : {label, (label + 5) % kLabels})
      col.push_back(other);
    values.push_back(1.0F);
    values.push_back(0.0F);
    if (col[col.size() - 2] > col.back()) {
      std::swap(col[col.size() - 2], col.back());
      std::swap(values[values.size() - 2], values.back());
    }
    crow.push_back(static_cast<int64_t>(col.size()));
  }
  const Csr y = make_csr(kRows, kLabels, crow, col, values);
  const ModelOptions options = with_trees({0, 3});
  const auto model = make_svm({data.x.cols, kLabels}, options, 1);
  fit_svm(*model, {data.x, y, 1}, options);
  CHECK(model->scores(to_torch_csr(data.x)).equal(expected));
}

TEST_CASE("label clusters: a label of rows without features keeps no others together") {
  Topics data = topics();
  data.x.values = data.x.values.clone();
  for (int64_t row = 0; row < kRows; ++row) {
    if (data.y.row_columns(row)[0] == 0) data.x.values.slice(0, 5 * row, 5 * row + 5).zero_();
  }
  ClusterOptions options;
  options.depths = {8};
  const std::vector<int64_t> cluster = cluster_labels(data.x, data.y, options).front();
  CHECK(std::set<int64_t>(cluster.begin(), cluster.end()).size() > 4);
}

TEST_CASE("svm: rows of few features use the same clusters in all three ways of predicting") {
  const auto model = fitted(with_trees({3}, 3));
  std::vector<float> ones(20, 1.0F);
  std::vector<int64_t> each(20);
  for (int64_t i = 0; i < 20; ++i)
    each[static_cast<size_t>(i)] = i;
  std::vector<int64_t> crow = each;
  crow.push_back(20);
  const at::Tensor x = to_torch_csr(make_csr(20, 20, crow, each, ones));
  const at::Tensor scores = model->scores(x);
  const Csr found = model->predict_scores(x, {kLabels}, nullptr);
  const Csr expected = decode(scores, {kLabels});
  CHECK(found.crow.equal(expected.crow));
  CHECK(found.col.equal(expected.col));
  torch::jit::Module script = model->to_script();
  CHECK(largest_difference(script.forward({x}).toTensor(), scores) < 1e-6);
}

TEST_CASE("svm: predictions are the best scores, with what is to be left out, priors, thresholds") {
  const Topics data = topics();
  const auto model = fitted(with_trees({0, 2}, 2));
  const at::Tensor x = to_torch_csr(data.x);
  const at::Tensor priors = at::linspace(-0.5, 0.5, kLabels);
  for (const bool with_prior : {false, true}) {
    if (with_prior) model->output().set_prior(priors);
    const at::Tensor scores = model->scores(x);
    for (const Csr* seen : {static_cast<const Csr*>(nullptr), &data.y}) {
      for (const DecodeOptions& options :
           {DecodeOptions{3}, DecodeOptions{100}, DecodeOptions{0, -0.5F},
            DecodeOptions{2, 0.0F, 100, at::linspace(-1, 1, kLabels)}}) {
        CAPTURE(with_prior);
        CAPTURE(options.top_k);
        CAPTURE(options.label_thresholds.defined());
        CAPTURE(seen != nullptr);
        const Csr found = model->predict_scores(x, options, seen);
        const Csr expected = decode(scores, options, seen);
        CHECK(found.crow.equal(expected.crow));
        CHECK(found.col.equal(expected.col));
        CHECK(at::allclose(found.values, expected.values, 1e-5, 1e-5));
      }
    }
  }
}

TEST_CASE("svm: a model read back predicts the same, and one whose tensors do not fit is refused") {
  const ModelOptions options = with_trees({0, 2});
  const auto model = fitted(options);
  const auto other = make_svm({20, kLabels}, options, 1);
  const TempFolder folder;
  const auto load = [&](Model& into, const NamedTensors& tensors) {
    write_torch_tensors(folder.path("model.pt"), tensors, {}, true);
    load_tensors(into, TorchTensors(folder.path("model.pt")));
  };
  const NamedTensors tensors = named_tensors(*model);
  load(*other, tensors);
  const at::Tensor x = to_torch_csr(topics().x);
  CHECK(other->scores(x).equal(model->scores(x)));
  const auto broken = [&](const std::string& name, const at::Tensor& value) {
    NamedTensors changed = tensors;
    for (auto& [tensor_name, tensor] : changed) {
      if (tensor_name == name) tensor = value;
    }
    load(*make_svm({20, kLabels}, options, 1), changed);
  };
  CHECK_ERROR(broken("output.tree0.order", at::zeros({kLabels}, at::kLong)),
              "model.pt: label tree: expected each label in one place");
  CHECK_ERROR(broken("output.tree1.begin", at::tensor({0, 5, 3, 12}, at::kLong)),
              "model.pt: label tree: the clusters' places are off");
  CHECK_ERROR(broken("output.tree1.label_column", at::full({3}, 99, at::kInt)), "model.pt: csr:");
  CHECK_ERROR(broken("output.tree0.order", at::arange(kLabels - 1)), "has another shape");
  // Strides of a file are not taken over: every second number would be another order.
  const at::Tensor twice = at::arange(kLabels).repeat_interleave(2).slice(0, 0, 2 * kLabels, 2);
  broken("output.tree0.order", twice);
  CHECK_ERROR(broken("output.feature_power", at::zeros({2}, at::kDouble)),
              "model.pt: svm: expected a power of features above 0, found 0");
}

TEST_CASE("svm: trees have powers of their own") {
  const at::Tensor x = to_torch_csr(topics().x);
  ModelOptions options = with_trees({0, 0});
  const auto scores_of = [&](std::vector<double> powers) {
    options.svm.feature_power = std::move(powers);
    return fitted(options)->scores(x);
  };
  const at::Tensor both = scores_of({0.25, 1.0});
  CHECK(!both.equal(scores_of({1.0})));
  CHECK(!both.equal(scores_of({0.25})));
  CHECK(scores_of({1.0}).equal(scores_of({1.0, 1.0})));
}

TEST_CASE("svm cost: rows that often lack what they deserve cost less") {
  constexpr int64_t kSize = 2000;
  constexpr int64_t kTags = 30;    // a feature for each, of which every row has three
  constexpr int64_t kWords = 300;  // that say nothing, of which every row has twelve
  const auto cost_where = [](int64_t given) {
    std::vector<int64_t> x_crow{0};
    std::vector<int64_t> x_col;
    std::vector<int64_t> y_crow{0};
    std::vector<int64_t> y_col;
    const auto draw = [](int64_t row, uint64_t what, int64_t below) {
      return random_below(3, RandomStream::kSynth, static_cast<uint64_t>(row), what, below);
    };
    for (int64_t row = 0; row < kSize; ++row) {
      std::set<int64_t> tags;
      for (uint64_t i = 0; tags.size() < 3; ++i)
        tags.insert(draw(row, i, kTags));
      for (const int64_t tag : tags) {
        x_col.push_back(tag);
        if (draw(row, 100 + static_cast<uint64_t>(tag), 100) < given) y_col.push_back(tag);
      }
      std::set<int64_t> words;
      for (uint64_t i = 0; words.size() < 12; ++i)
        words.insert(kTags + draw(row, 200 + i, kWords));
      x_col.insert(x_col.end(), words.begin(), words.end());
      x_crow.push_back(static_cast<int64_t>(x_col.size()));
      y_crow.push_back(static_cast<int64_t>(y_col.size()));
    }
    std::vector<float> x_values(x_col.size(), 0.26F);
    std::vector<float> y_values(y_col.size(), 1.0F);
    return choose_svm_cost(make_csr(kSize, kTags + kWords, x_crow, x_col, x_values),
                           make_csr(kSize, kTags, y_crow, y_col, y_values), SvmOptions{}, 1);
  };
  CHECK(cost_where(100).cost == 1.0);
  CHECK(cost_where(100).power == 0.1);
  CHECK(cost_where(40).cost == 0.8);
  CHECK(cost_where(40).power == 0.25);
}

TEST_CASE("feature power: rows keep their length and signs") {
  const Csr x = make_csr(2, 4, {0, 3, 3}, {0, 1, 3}, {0.64F, -0.09F, 0.0F});
  const Csr root = FeaturePower(0.5)(x);
  const double length = std::sqrt(0.64 * 0.64 + 0.09 * 0.09);
  const double root_length = std::sqrt(0.64 + 0.09);
  CHECK(root.row_values(0)[0] == doctest::Approx(0.8 * length / root_length));
  CHECK(root.row_values(0)[1] == doctest::Approx(-0.3 * length / root_length));
  CHECK(root.row_values(0)[2] == 0.0F);
  CHECK(FeaturePower(1.0)(x).values.equal(x.values));
}

TEST_CASE("feature power: roots are chosen where neighbours by them know the labels better") {
  // Three loud features of twelve say nothing; four quiet ones are the label's.
  constexpr int64_t kSize = 300;
  const auto draw = [](double quiet) {
    std::vector<int64_t> crow{0};
    std::vector<int64_t> col;
    std::vector<float> values;
    std::vector<int64_t> label;
    for (int64_t row = 0; row < kSize; ++row) {
      const int64_t of = row % 15;
      std::set<int64_t> loud;
      for (uint64_t i = 0; loud.size() < 3; ++i) {
        loud.insert(random_below(1, RandomStream::kSynth, static_cast<uint64_t>(row), i, 12));
      }
      for (const int64_t feature : loud) {
        col.push_back(feature);
        values.push_back(1.0F);
      }
      for (int64_t i = 0; i < 4; ++i) {
        col.push_back(12 + 4 * of + i);
        values.push_back(static_cast<float>(quiet));
      }
      crow.push_back(static_cast<int64_t>(col.size()));
      label.push_back(of);
    }
    std::vector<int64_t> one_each;
    for (int64_t row = 0; row <= kSize; ++row)
      one_each.push_back(row);
    const Csr y = make_csr(kSize, 15, one_each, label, std::vector<float>(kSize, 1.0F));
    return choose_feature_power(make_csr(kSize, 72, crow, col, values), y, 1);
  };
  CHECK(draw(0.2) == 0.5);
  CHECK(draw(1.0) == 1.0);
}
