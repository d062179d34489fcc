// The parts of the model `prototypes`: vectors of labels, the choice of weights, the map, more
// labels.
#include "spout/models/fitted/prototypes.h"

#include <cmath>

#include "spout/models/fitted/label_prototypes.h"
#include "spout/models/fitted/prototype_choice.h"
#include "spout/models/fitted/prototype_map.h"
#include "spout/models/fitted/prototype_output.h"
#include "spout/sparse/batch/dataset.h"
#include "spout/tests/models/model_case.h"

using namespace spout;
using namespace spout::testing;

namespace {

constexpr int64_t kLabels = 6;
constexpr int64_t kWidth = 8;

/// Rows around one center for each label, and the centers as the texts' rows.
struct Planted {
  at::Tensor rows;   // [n, d]
  at::Tensor texts;  // [L, d]
  Csr y;             // [n, L]
};

Planted plant(int64_t n, double noise, int64_t labels = kLabels) {
  const at::Generator generator = at::detail::createCPUGenerator(7);
  Planted planted;
  planted.texts = at::randn({labels, kWidth}, generator);
  std::vector<int64_t> crow{0};
  std::vector<int64_t> col;
  for (int64_t row = 0; row < n; ++row) {
    col.push_back(row * 7 % labels);
    crow.push_back(row + 1);
  }
  planted.rows = planted.texts.index_select(0, at::tensor(col, at::kLong)) +
                 at::randn({n, kWidth}, generator) * noise;
  planted.y = make_csr(n, labels, crow, col, std::vector<float>(static_cast<size_t>(n), 1.0F));
  return planted;
}

FitInput input_of(const Planted& planted, const Csr& no_words) {
  return {no_words, planted.y, 3, {}, {}, {}, planted.rows, planted.texts};
}

}  // namespace

TEST_CASE("prototypes: sums are of centred rows of length one") {
  const Planted planted = plant(20, 0.5);
  const std::vector<int64_t> some{1, 3, 4, 15};
  const at::Tensor center = mean_row(planted.rows, some);
  at::Tensor expected = at::zeros({kLabels, kWidth});
  for (const int64_t row : some) {
    at::Tensor unit = planted.rows[row] / planted.rows[row].norm();
    unit = (unit - center) / (unit - center).norm();
    expected[planted.y.row_columns(row).front()] += unit;
  }
  CHECK(largest_difference(label_sums(planted.rows, planted.y, some, center), expected) < 1e-6);
}

TEST_CASE("prototypes: rows of zeros stay zeros, and no mean counts them") {
  at::Tensor rows = at::ones({3, 2});
  rows[1].zero_();
  CHECK(largest_difference(mean_row(rows), at::full({2}, std::sqrt(0.5))) < 1e-6);
  CHECK(centred_rows(rows, at::full({2}, 0.1))[1].eq(0).all().item<bool>());
}

TEST_CASE("prototypes: a text's weight is chosen where texts say more than rows do") {
  constexpr int64_t kMany = 100;  // labels, of four rows each
  const Csr no_words = empty_csr(4 * kMany, 0);
  PrototypeOptions options;
  options.map_epochs = 0;
  const Planted told = plant(4 * kMany, 1.0, kMany);
  const PrototypeMix mix = choose_prototype_mix(input_of(told, no_words), nullptr, options);
  CHECK(mix.name_weight >= 5.0);
  CHECK(mix.word_weight == 0.0);
  // Texts that say nothing are given no weight.
  Planted untold = plant(4 * kMany, 0.3, kMany);
  untold.texts = at::randn({kMany, kWidth}, at::detail::createCPUGenerator(11));
  const PrototypeMix other = choose_prototype_mix(input_of(untold, no_words), nullptr, options);
  CHECK(other.name_weight == 0.0);
  CHECK(other.gain > 0.8);
}

TEST_CASE(
    "prototypes: a map is learned that hides values without meaning, and the same each time") {
  Planted planted = plant(4000, 0.2);
  // Half of the values are noise, louder than the rest.
  const at::Tensor noise = at::randn({4000, kWidth}, at::detail::createCPUGenerator(1)) * 1.5;
  planted.rows = at::cat({planted.rows, noise}, 1);
  planted.texts = at::cat({planted.texts, at::zeros({kLabels, kWidth})}, 1);
  const std::vector<int64_t> all = all_rows(4000);
  const at::Tensor center = at::zeros({2 * kWidth});
  const at::Tensor sums = label_sums(planted.rows, planted.y, all, center);
  const PrototypeMapInput input{planted.rows, planted.y, all, center, sums, 3};
  const at::Tensor map = learn_prototype_map(input, 20);
  CHECK(map.equal(learn_prototype_map(input, 20)));
  const auto length = [&](int64_t first) {
    return (map.slice(0, first, first + kWidth) +
            at::eye(2 * kWidth).slice(0, first, first + kWidth))
        .norm()
        .item<double>();
  };
  CHECK(length(0) > 1.05 * length(kWidth));
}

TEST_CASE("prototypes: further labels are scored by their texts alone") {
  const Planted planted = plant(300, 0.5);
  const ModelShape shape{kWidth, kLabels, FeatureKind::kDense};
  ModelOptions options;
  const auto model = make_prototypes(shape, options, 1);
  const Csr no_words = empty_csr(300, 0);
  fit_prototypes(*model, input_of(planted, no_words), options);
  const at::Tensor before = model->scores(planted.rows);
  const at::Tensor text = at::randn({1, kWidth}, at::detail::createCPUGenerator(9));
  add_prototypes(*model, text);
  const at::Tensor after = model->scores(planted.rows);
  CHECK(after.size(1) == kLabels + 1);
  CHECK(largest_difference(after.slice(1, 0, kLabels), before) < 1e-6);
  DecodeOptions best;
  best.top_k = 1;
  const Csr found = model->predict_scores(text, best, nullptr);
  CHECK(found.row_columns(0).front() == kLabels);
}

TEST_CASE("prototypes: sparse features without an encoder's row are refused") {
  CHECK_ERROR(make_prototypes({kWidth, kLabels}, {}, 1), "expected rows of an encoder");
}
