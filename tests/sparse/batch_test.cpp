// Batches, their order and the numbers drawn for them.
#include "spout/sparse/batch/batch.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <set>

#include "spout/sparse/base/random.h"
#include "spout/sparse/batch/loader.h"
#include "spout/tests/testing.h"

using namespace spout;
using namespace spout::testing;

namespace {

using Ints = std::vector<int64_t>;

Dataset small_data() {
  Dataset data;
  data.x.sparse = make_csr(4, 3, {0, 1, 3, 3, 4}, {0, 1, 2, 2}, {1, 3, 4, 2});
  data.y = make_csr(4, 5, {0, 2, 2, 3, 4}, {0, 4, 1, 2}, {1, 1, 1, 1});
  return data;
}

}  // namespace

TEST_CASE("batch: rows are assembled as torch.sparse_csr features and coalesced COO targets") {
  const Batch batch = assemble(small_data(), Ints{3, 0});
  CHECK(batch.x.layout() == at::kSparseCsr);
  CHECK(batch.target.is_coalesced());
  CHECK(batch.target._values().numel() == 3);
  CHECK(batch.x.to_dense().equal(at::tensor({0.0F, 0.0F, 2.0F, 1.0F, 0.0F, 0.0F}).view({2, 3})));
  CHECK(batch.target.to_dense()[1][4].item<float>() == 1.0F);
}

TEST_CASE("batch: dense features are gathered by row") {
  Dataset data = small_data();
  data.x.dense = at::arange(12, at::kFloat).view({4, 3});
  const Batch batch = assemble(data, Ints{2});
  CHECK(batch.x.equal(at::tensor({6.0F, 7.0F, 8.0F}).view({1, 3})));
}

TEST_CASE("loader: every row comes once, in order, the last batch shorter") {
  const Dataset data = small_data();
  BatchLoader loader(data, {2, 0, 1}, 2);
  CHECK(loader.num_batches() == 2);
  CHECK(loader.next()->rows == Ints{2, 0});
  CHECK(loader.next()->rows == Ints{1});
  CHECK(!loader.next().has_value());
}

TEST_CASE("loader: starting at batch i skips those before it") {
  const Dataset data = small_data();
  BatchLoader loader(data, {3, 2, 1, 0}, 1, 2);
  CHECK(loader.next()->rows == Ints{1});
  CHECK(loader.next()->rows == Ints{0});
  CHECK(!loader.next().has_value());
}

TEST_CASE("loader: it can be dropped in the middle, and refuses a batch size of 0") {
  const Dataset data = small_data();
  {
    BatchLoader loader(data, {0, 1, 2, 3}, 1);
  }
  CHECK_ERROR(BatchLoader(data, {0}, 0), "batch size");
}

TEST_CASE("dataset: rows are scaled to length 1, sparse and dense alike; zero rows stay") {
  Dataset data = small_data();
  l2_normalize_rows(data.x);
  CHECK(elements<float>(data.x.sparse.values) == std::vector<float>{1.0F, 0.6F, 0.8F, 1.0F});
  Features dense;
  dense.dense = at::tensor({3.0F, 4.0F, 0.0F, 0.0F}).view({2, 2});
  l2_normalize_rows(dense);
  CHECK(elements<float>(dense.dense) == std::vector<float>{0.6F, 0.8F, 0.0F, 0.0F});
}

TEST_CASE("dataset: a split holds back its share, without overlap, and depends on the seed") {
  const RowSplit split = split_rows(100, 0.2, 1);
  CHECK(split.held_back.size() == 20);
  CHECK(split.kept.size() == 80);
  std::set<int64_t> all(split.kept.begin(), split.kept.end());
  all.insert(split.held_back.begin(), split.held_back.end());
  CHECK(all.size() == 100);
  CHECK(split_rows(100, 0.2, 1).kept == split.kept);
  CHECK(split_rows(100, 0.2, 2).kept != split.kept);
  CHECK(split_rows(100, 0.0, 1).held_back.empty());
  CHECK(split_rows(2, 0.9, 1).kept.size() == 1);
}

TEST_CASE("random: numbers depend on seed, stream, step and index, and on nothing else") {
  const auto bits = [](uint64_t seed, RandomStream stream, uint64_t step, uint64_t index) {
    return random_bits(seed, stream, step, index);
  };
  const uint64_t base = bits(1, RandomStream::kShuffle, 2, 3);
  CHECK(base == bits(1, RandomStream::kShuffle, 2, 3));
  CHECK(base != bits(2, RandomStream::kShuffle, 2, 3));
  CHECK(base != bits(1, RandomStream::kDropout, 2, 3));
  CHECK(base != bits(1, RandomStream::kShuffle, 3, 3));
  CHECK(base != bits(1, RandomStream::kShuffle, 2, 4));
}

TEST_CASE("random: uniforms fill [0, 1) evenly and normals have mean 0 and variance 1") {
  constexpr int kCount = 20000;
  double sum = 0.0;
  double normal_sum = 0.0;
  double squares = 0.0;
  for (uint64_t i = 0; i < kCount; ++i) {
    const double u = random_uniform(1, RandomStream::kSynth, 0, i);
    CHECK((u >= 0.0 && u < 1.0));
    sum += u;
    const double z = random_normal(1, RandomStream::kSynth, 1, i);
    normal_sum += z;
    squares += z * z;
  }
  CHECK(std::abs(sum / kCount - 0.5) < 0.01);
  CHECK(std::abs(normal_sum / kCount) < 0.03);
  CHECK(std::abs(squares / kCount - 1.0) < 0.05);
}

TEST_CASE("random: a shuffle is a permutation, repeatable, and another one at another step") {
  Ints a = all_rows(50);
  Ints b = all_rows(50);
  Ints c = all_rows(50);
  shuffle(a, 1, RandomStream::kShuffle, 0);
  shuffle(b, 1, RandomStream::kShuffle, 0);
  shuffle(c, 1, RandomStream::kShuffle, 1);
  CHECK(a == b);
  CHECK(a != c);
  std::sort(c.begin(), c.end());
  CHECK(c == all_rows(50));
}
