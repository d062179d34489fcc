// Each instruction set's kernels against plain loops in double precision.
#include "losses/kernels.h"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>

#include "tests/testing.h"

using namespace spout;
using namespace spout::testing;

namespace {

/// The kernels that this processor can run.
std::vector<const CpuKernels*> runnable_kernels() {
  std::vector<const CpuKernels*> all{&kernels_default()};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    all.push_back(&kernels_avx2());
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")) {
    all.push_back(&kernels_avx512());
  }
#endif
  return all;
}

std::vector<float> random_floats(int64_t count, double mean) {
  const at::Generator generator = at::detail::createCPUGenerator(3);
  return elements<float>((at::randn({count}, generator, at::kDouble) * 2 + mean).to(at::kFloat));
}

template <class Formula>
void check_formula(const CpuKernels& kernels, size_t index, int64_t count, double mean) {
  CAPTURE(kernels.instruction_set);
  CAPTURE(Formula::kName);
  CAPTURE(count);
  const std::vector<float> z = random_floats(count, mean);
  std::vector<float> gradient(z.size() + 1, -7.0F);
  const double sum = kernels.elementwise[index](z.data(), gradient.data(), count, 0.5F);
  double expected = 0.0;
  double largest = 0.0;
  for (size_t i = 0; i < z.size(); ++i) {
    const Term<double> term = Formula::at_zero(static_cast<double>(z[i]));
    expected += term.value;
    largest = std::max(largest, std::abs(0.5 * term.gradient - static_cast<double>(gradient[i])));
  }
  CHECK(std::abs(sum - expected) <= 1e-6 * std::abs(expected));
  CHECK(largest < 1e-5);
  CHECK(gradient.back() == -7.0F);  // nothing is written behind the end
  CHECK(kernels.elementwise[index](z.data(), nullptr, count, 0.5F) == sum);
}

template <size_t... Index>
void check_all(const CpuKernels& kernels, int64_t count, double mean,
               std::index_sequence<Index...> /*all*/) {
  (check_formula<std::tuple_element_t<Index, ElementwiseFormulas>>(kernels, Index, count, mean),
   ...);
}

}  // namespace

TEST_CASE("kernels: every formula, length and instruction set agrees with plain double loops") {
  for (const CpuKernels* kernels : runnable_kernels()) {
    for (const int64_t count : {0, 1, 7, 8, 15, 17, 1024, 1025, 5000}) {
      for (const double mean : {0.0, -12.0}) {
        check_all(*kernels, count, mean, std::make_index_sequence<kNumElementwise>());
      }
    }
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
      const double lse = kernels->log_sum_exp(z.data(), count);
      CHECK(std::abs(lse - expected) < 1e-5);
      std::vector<float> out(z.size());
      kernels->softmax(z.data(), out.data(), count, static_cast<float>(lse), 2.0F);
      double total = 0.0;
      for (const float value : out)
        total += static_cast<double>(value);
      CHECK(total == doctest::Approx(2.0).epsilon(1e-5));
      kernels->softmax(z.data(), z.data(), count, static_cast<float>(lse), 2.0F);
      CHECK(z == out);  // in place
    }
    CHECK(kernels->log_sum_exp(nullptr, 0) == -std::numeric_limits<double>::infinity());
  }
}

TEST_CASE("kernels: NaN anywhere shows in the sums") {
  for (const CpuKernels* kernels : runnable_kernels()) {
    CAPTURE(kernels->instruction_set);
    for (const size_t place : {size_t{0}, size_t{5}, size_t{18}}) {
      std::vector<float> z = random_floats(19, 0.0);
      z[place] = std::numeric_limits<float>::quiet_NaN();
      for (const ElementwisePass pass : kernels->elementwise) {
        CHECK(std::isnan(pass(z.data(), nullptr, 19, 1.0F)));
      }
      CHECK(std::isnan(kernels->log_sum_exp(z.data(), 19)));
    }
  }
}
