// Each instruction set's kernels against plain loops in double precision.
#include "spout/losses/kernels/kernels.h"

#include <ATen/ATen.h>

#include <bit>
#include <cmath>
#include <limits>

#include "spout/losses/kernels/rounding.h"
#include "spout/losses/optimizers/update_kernels.h"
#include "spout/tests/testing.h"

using namespace spout;
using namespace spout::testing;

namespace {

/// How many of default, avx2 and avx512 this processor can run.
size_t num_runnable() {
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return 1;
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") ? 3 : 2;
#else
  return 1;
#endif
}

std::vector<const CpuKernels*> runnable_kernels() {
  std::vector<const CpuKernels*> all{&kernels_default()};
#if defined(__x86_64__)
  all.insert(all.end(), {&kernels_avx2(), &kernels_avx512()});
#endif
  all.resize(num_runnable());
  return all;
}

std::vector<const UpdateKernels*> runnable_update_kernels() {
  std::vector<const UpdateKernels*> all{&update_kernels_default()};
#if defined(__x86_64__)
  all.insert(all.end(), {&update_kernels_avx2(), &update_kernels_avx512()});
#endif
  all.resize(num_runnable());
  return all;
}

std::vector<float> random_floats(int64_t count, double mean) {
  const at::Generator generator = at::detail::createCPUGenerator(3);
  return elements<float>((at::randn({count}, generator, at::kDouble) * 2 + mean).to(at::kFloat));
}

template <class Score>
std::vector<Score> as_scores(const std::vector<float>& z) {
  return {z.begin(), z.end()};
}

/// One row of scores, and where its gradient goes.
template <class Score>
ScoreTile<Score> row_tile(const std::vector<Score>& z, Score* gradient, float scale) {
  const auto count = static_cast<int64_t>(z.size());
  return {z.data(), gradient, 1, count, count, scale};
}

template <class Formula, class Score>
void check_formula(const CpuKernels& kernels, size_t index, int64_t count, double mean) {
  // Powers of a probability multiply its relative error; libm's differ by a few roundings.
  constexpr bool kPowers = std::is_same_v<Formula, Focal> || std::is_same_v<Formula, Asymmetric>;
  CAPTURE(kernels.instruction_set);
  CAPTURE(Formula::kName);
  CAPTURE(count);
  CAPTURE(mean);
  const auto& pass = kernels.of<Score>().elementwise[index];
  const std::vector<Score> z = as_scores<Score>(random_floats(count, mean));
  std::vector<Score> gradient(z.size() + 1, Score(-7.0F));
  const double sum = pass(row_tile(z, gradient.data(), 0.5F));
  double expected = 0.0;
  double largest = 0.0;
  for (size_t i = 0; i < z.size(); ++i) {
    const auto term = Formula(LossParameters{}).at_zero(static_cast<double>(z[i]));
    expected += whole_value(term);
    const double scaled = 0.5 * term.gradient;
    const double rounding = std::is_same_v<Score, float> ? (kPowers ? 2e-6 : 4e-7) : 4e-3;
    largest = std::max(
        largest, std::abs(scaled - static_cast<double>(gradient[i])) - rounding * std::abs(scaled));
  }
  CHECK(std::abs(sum - expected) <= (kPowers ? 2e-5 : 1e-6) * std::abs(expected));
  CHECK(largest < (kPowers ? 3e-7 : 1e-7));
  CHECK(gradient.back() == Score(-7.0F));  // nothing is written behind the end
  const double alone = pass(row_tile<Score>(z, nullptr, 0.5F));
  CHECK(std::abs(alone - sum) <= (kPowers ? 1e-6 * sum : 0.0));
}

template <size_t... Index>
void check_all(const CpuKernels& kernels, int64_t count, double mean,
               std::index_sequence<Index...> /*all*/) {
  (check_formula<std::tuple_element_t<Index, ElementwiseFormulas>, float>(kernels, Index, count,
                                                                          mean),
   ...);
  (check_formula<std::tuple_element_t<Index, ElementwiseFormulas>, c10::BFloat16>(kernels, Index,
                                                                                  count, mean),
   ...);
}

}  // namespace

TEST_CASE("kernels: every formula, length and instruction set agrees with plain double loops") {
  for (const CpuKernels* kernels : runnable_kernels()) {
    for (const int64_t count : {0, 1, 7, 8, 15, 17, 512, 1024, 1025, 5000}) {
      for (const double mean : {0.0, -5.0, -12.0, -18.0}) {
        check_all(*kernels, count, mean, std::make_index_sequence<kNumElementwise>());
      }
    }
  }
}

TEST_CASE("kernels: the value keeps its digits where every score is far below zero") {
  // log1p(exp(-18)) is 1.5e-8: a product of (1 + u) would be 1 in f32.
  for (const CpuKernels* kernels : runnable_kernels()) {
    CAPTURE(kernels->instruction_set);
    for (const float score : {0.0F, -5.0F, -12.0F, -18.0F, -60.0F, -100.0F, 100.0F}) {
      CAPTURE(score);
      const std::vector<float> z(3000, score);
      const double sum = kernels->f32.elementwise[0](row_tile<float>(z, nullptr, 1.0F));
      const double exact =
          3000.0 * whole_value(Bce(LossParameters{}).at_zero(static_cast<double>(score)));
      CHECK(std::abs(sum - exact) <= 1e-6 * exact + 1e-34);
    }
  }
}

TEST_CASE("kernels: a tile adds its bias and sums its gradient by column, within its stride") {
  constexpr int64_t kRows = 3;
  constexpr int64_t kCols = 21;
  constexpr int64_t kStride = 30;
  const std::vector<float> z = random_floats(kRows * kStride, -1.0);
  const std::vector<float> bias = random_floats(kCols, 0.5);
  for (const CpuKernels* kernels : runnable_kernels()) {
    CAPTURE(kernels->instruction_set);
    std::vector<float> out = z;
    std::vector<float> sums(kCols, 1.0F);
    const double value = kernels->f32.elementwise[0](
        {out.data(), out.data(), kRows, kCols, kStride, 2.0F, bias.data(), sums.data()});
    double expected = 0.0;
    std::vector<double> expected_sums(kCols, 1.0);
    for (int64_t i = 0; i < kRows * kStride; ++i) {
      const auto place = static_cast<size_t>(i);
      const auto col = static_cast<size_t>(i % kStride);
      if (i % kStride >= kCols) {
        CHECK(out[place] == z[place]);  // between the rows nothing changes
        continue;
      }
      const auto term =
          Bce(LossParameters{})
              .at_zero(static_cast<double>(z[place]) + static_cast<double>(bias[col]));
      expected += whole_value(term);
      expected_sums[col] += 2.0 * term.gradient;
      CHECK(std::abs(static_cast<double>(out[place]) - 2.0 * term.gradient) < 1e-6);
    }
    CHECK(std::abs(value - expected) < 1e-5);
    for (size_t col = 0; col < sums.size(); ++col)
      CHECK(std::abs(static_cast<double>(sums[col]) - expected_sums[col]) < 1e-5);
  }
}

TEST_CASE("kernels: entries above a limit are found, in row order, and NaN is among them") {
  constexpr int64_t kRows = 4;
  constexpr int64_t kCols = 37;
  std::vector<float> z = random_floats(kRows * kCols, -3.0);
  z[40] = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> bias = random_floats(kCols, 0.0);
  for (const CpuKernels* kernels : runnable_kernels()) {
    CAPTURE(kernels->instruction_set);
    std::vector<TileEntry> found(kRows * kCols);
    const ScoreTile<float> tile{z.data(), nullptr, kRows, kCols, kCols, 1.0F, bias.data()};
    const int64_t count = kernels->f32.entries_above(tile, -1.0F, found.data(), kRows * kCols);
    int64_t expected = 0;
    for (int64_t i = 0; i < kRows * kCols; ++i) {
      const float score = z[static_cast<size_t>(i)] + bias[static_cast<size_t>(i % kCols)];
      if (score <= -1.0F) continue;
      REQUIRE(expected < count);
      const TileEntry& entry = found[static_cast<size_t>(expected++)];
      CHECK(entry.row == i / kCols);
      CHECK(entry.col == i % kCols);
      CHECK((entry.score == score || std::isnan(score)));
    }
    CHECK(count == expected);
    const int64_t few = kernels->f32.entries_above(tile, -1.0F, found.data(), 1);
    CHECK((few >= 1 && few <= kCols));  // it stops after the first row
  }
}

TEST_CASE("kernels: log-sum-exp and softmax agree with plain double loops") {
  for (const CpuKernels* kernels : runnable_kernels()) {
    CAPTURE(kernels->instruction_set);
    for (const int64_t count : {1, 9, 1030}) {
      std::vector<float> z = random_floats(count, 50.0);
      double sum = 0.0;
      for (const float value : z)
        sum += std::exp(static_cast<double>(value) - 50.0);
      const double expected = 50.0 + std::log(sum);
      RowNormalizer row;
      const int64_t half = count / 2;
      kernels->f32.log_sum_exp({z.data(), nullptr, 1, half, half}, &row);
      kernels->f32.log_sum_exp({z.data() + half, nullptr, 1, count - half, count - half}, &row);
      const double lse = row.log_sum_exp();
      CHECK(std::abs(lse - expected) < 1e-5);
      std::vector<float> out(z.size());
      const auto normalizer = static_cast<float>(lse);
      const float row_sum = 2.0F;
      kernels->f32.softmax(row_tile(z, out.data(), 1.0F), &normalizer, &row_sum);
      double total = 0.0;
      for (const float value : out)
        total += static_cast<double>(value);
      CHECK(total == doctest::Approx(2.0).epsilon(1e-5));
      kernels->f32.softmax(row_tile(z, z.data(), 1.0F), &normalizer, &row_sum);
      CHECK(z == out);  // in place
    }
    CHECK(RowNormalizer().log_sum_exp() == -std::numeric_limits<double>::infinity());
  }
}

TEST_CASE("kernels: bf16 weights are rounded by the same bits, those of rounding.h, everywhere") {
  constexpr int64_t kRows = 3;
  constexpr int64_t kCols = 1001;
  constexpr float kStep = 0x1.0p-9F;  // a quarter of a bf16 step above 1
  constexpr uint64_t kSeed = 5;
  const StepConstants constants({}, -1.0, 1);
  const std::vector<float> gradient(kRows * kCols, kStep);
  std::vector<c10::BFloat16> expected;
  for (int64_t i = 0; i < kRows * kCols; ++i) {
    const uint32_t noise = noise_bits(row_bits(kSeed, i / kCols), static_cast<uint32_t>(i % kCols));
    const uint32_t bits = std::bit_cast<uint32_t>(1.0F + kStep) + noise;
    expected.emplace_back(std::bit_cast<float>(bits & 0xFFFF0000U));
  }
  for (const UpdateKernels* kernels : runnable_update_kernels()) {
    std::vector<c10::BFloat16> weights(gradient.size(), c10::BFloat16(1.0F));
    RowUpdate<c10::BFloat16, float> update;
    update.weights = weights.data();
    update.gradient = gradient.data();
    update.rows = kRows;
    update.cols = kCols;
    update.seed = kSeed;
    kernels->bf16_by_f32[index_of_rule<SgdRule>()](update, constants);
    CHECK(weights == expected);
  }
}

TEST_CASE("kernels: NaN anywhere shows in the sums") {
  for (const CpuKernels* kernels : runnable_kernels()) {
    CAPTURE(kernels->instruction_set);
    for (const size_t place : {size_t{0}, size_t{5}, size_t{18}}) {
      std::vector<float> z = random_floats(19, 0.0);
      z[place] = std::numeric_limits<float>::quiet_NaN();
      for (const auto& pass : kernels->f32.elementwise) {
        CHECK(std::isnan(pass(row_tile<float>(z, nullptr, 1.0F))));
      }
      RowNormalizer row;
      kernels->f32.log_sum_exp(row_tile<float>(z, nullptr, 1.0F), &row);
      CHECK(std::isnan(row.log_sum_exp()));
    }
  }
}
