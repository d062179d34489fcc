// Prediction in blocks of labels gives what sorting all scores gives.
#include "spout/losses/chunked/chunked_predict.h"
#include "spout/losses/chunked/score_blocks.h"

#include <ATen/ATen.h>

#include <cmath>

#include "spout/losses/chunked/chunked_features.h"
#include "spout/sparse/decode/best_labels.h"
#include "spout/tests/testing.h"

using namespace spout;
using namespace spout::testing;

namespace {

constexpr int64_t kRows = 7;
constexpr int64_t kLabels = 301;
constexpr int64_t kWidth = 12;
constexpr int64_t kBlock = 32;

at::Tensor normal(at::IntArrayRef sizes, uint64_t seed) {
  return at::randn(sizes, at::detail::createCPUGenerator(seed), at::kFloat);
}

struct Layer {
  at::Tensor hidden = normal({kRows, kWidth}, 1);
  at::Tensor weight = normal({kLabels, kWidth}, 2);
  at::Tensor bias = normal({kLabels}, 3);

  at::Tensor scores() const { return at::addmm(bias, hidden, weight.t()); }
  HiddenScores blocks() const { return {hidden, weight, bias, kBlock}; }
};

void check_same(const Csr& a, const Csr& b) {
  CHECK(elements<int64_t>(a.crow) == elements<int64_t>(b.crow));
  CHECK(elements<int64_t>(a.col) == elements<int64_t>(b.col));
  CHECK(at::allclose(a.values, b.values, 1e-5, 1e-5));
}

/// The plain way: torch.topk of all scores, and those above the threshold.
Csr expected(const at::Tensor& scores, const DecodeOptions& options, const Csr* seen = nullptr) {
  at::Tensor z = scores.clone();
  if (seen != nullptr) z.masked_fill_(to_torch_coo(*seen).to_dense().ne(0), -INFINITY);
  at::Tensor chosen = z > options.threshold;
  if (options.top_k > 0) {
    const at::Tensor best = std::get<1>(z.topk(std::min(options.top_k, z.size(1)), 1));
    chosen &= at::zeros_like(chosen).scatter_(1, best, true);
  }
  const at::Tensor crow = at::zeros({z.size(0) + 1}, at::kLong);
  crow.slice(0, 1).copy_(chosen.sum(1).cumsum(0));
  return {z.size(0), z.size(1), crow, chosen.nonzero().select(1, 1).contiguous(),
          z.masked_select(chosen)};
}

}  // namespace

TEST_CASE("predict in blocks: top-k, thresholds and both are those of the whole scores") {
  const Layer layer;
  HiddenScores blocks = layer.blocks();
  constexpr float kAll = -std::numeric_limits<float>::infinity();
  for (const DecodeOptions& options :
       {DecodeOptions{1, kAll}, DecodeOptions{5, kAll}, DecodeOptions{40, kAll},
        DecodeOptions{kLabels + 9, kAll}, DecodeOptions{5, 3.0F}, DecodeOptions{0, 3.0F}}) {
    CAPTURE(options.top_k);
    check_same(chunked_predict(blocks, options, nullptr), expected(layer.scores(), options));
  }
}

TEST_CASE("predict in blocks: entries to leave out are never chosen") {
  const Layer layer;
  const Csr best = expected(layer.scores(), {3});
  const at::Tensor scores = layer.scores();
  HiddenScores blocks = layer.blocks();
  check_same(chunked_predict(blocks, {5}, &best), expected(scores, {5}, &best));
}

TEST_CASE("predict in blocks: a bound on threshold results keeps the best and says so") {
  const Layer layer;
  DecodeOptions options{0, 0.0F};
  options.row_limit = 10;
  DecodeReport report;
  HiddenScores blocks = layer.blocks();
  const Csr predicted = chunked_predict(blocks, options, nullptr, &report);
  CHECK(report.cut_rows == kRows);
  check_same(predicted, expected(layer.scores(), {10, 0.0F}));
  report = {};
  options.row_limit = kLabels;
  chunked_predict(blocks, options, nullptr, &report);
  CHECK(report.cut_rows == 0);
}

TEST_CASE("predict in blocks: bf16 products rank the rounded scores, biases added in f32") {
  Layer layer;
  layer.hidden = layer.hidden.to(at::kBFloat16);
  layer.weight = layer.weight.to(at::kBFloat16);
  HiddenScores blocks = layer.blocks();
  const at::Tensor scores = at::mm(layer.hidden, layer.weight.t()).to(at::kFloat) + layer.bias;
  check_same(chunked_predict(blocks, {5}, nullptr), expected(scores, {5}));
}

TEST_CASE("predict in blocks: sparse features score as their dense product") {
  const at::Tensor dense = normal({kRows, 40}, 4) * (normal({kRows, 40}, 5) > 0.7);
  const at::Tensor weight = normal({40, kLabels}, 6);
  const at::Tensor bias = normal({kLabels}, 7);
  const ColumnGroups groups = group_by_column(dense.to_sparse_csr());
  FeatureScores blocks(kRows, groups, weight, bias, kBlock);
  check_same(chunked_predict(blocks, {6}, nullptr), expected(at::addmm(bias, dense, weight), {6}));
}

TEST_CASE("predict in blocks: a score that is not a number is an error that names the row") {
  Layer layer;
  layer.hidden[4][0] = std::nan("");
  HiddenScores blocks = layer.blocks();
  CHECK_ERROR(chunked_predict(blocks, {5}, nullptr), "row 4 has a score that is not a number");
}

TEST_CASE("best labels: of equal scores the first label stays, minus infinity never does") {
  BestLabels best(1, 500, {2}, nullptr);
  best.offer(0, 3, -std::numeric_limits<float>::infinity());
  for (int64_t label = 4; label < 400; ++label)
    best.offer(0, label, 1.0F);
  CHECK(elements<int64_t>(best.finish().col) == std::vector<int64_t>{4, 5});
}
