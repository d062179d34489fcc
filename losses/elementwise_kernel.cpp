// The CPU kernels of every formula, and softmax's. This file is compiled once per instruction set:
// SPOUT_KERNELS names the function it defines, CPU_CAPABILITY the vectors that at::vec uses. All
// but that function has internal linkage, so that no AVX-512 code is ever picked by the linker for
// a processor without it. One pass reads each score once; value and gradient share the exponential.
#include <cmath>
#include <limits>
#include <utility>

#include "losses/math_vector.h"  // before the formulas, which call these overloads

#include "losses/kernels.h"

#define SPOUT_STRING_OF(x) #x
#define SPOUT_STRING(x) SPOUT_STRING_OF(x)

namespace spout {
namespace {

using math::Vec;
constexpr int64_t kWidth = Vec::size();
constexpr int64_t kPartial = 1024;  // entries summed in f32 before the sum moves to f64

float horizontal_sum(const Vec& v) {
  alignas(64) float lanes[kWidth];
  v.store(lanes);
  float sum = 0.0F;
  for (const float lane : lanes)
    sum += lane;
  return sum;
}

/// Calls body(offset, length) for each vector of [begin, end), the last one possibly shorter.
template <class Body>
void for_each_vector(int64_t begin, int64_t end, const Body& body) {
  int64_t i = begin;
  for (; i + kWidth <= end; i += kWidth)
    body(i, kWidth);
  if (i < end) body(i, end - i);
}

Vec load(const float* z, int64_t length) {
  return length == kWidth ? Vec::loadu(z) : Vec::loadu(z, length);
}

void store(const Vec& v, float* out, int64_t length) {
  if (length == kWidth) {
    v.store(out);
  } else {
    v.store(out, static_cast<int>(length));
  }
}

/// Zero in the lanes from `length` on, whatever f0 of the padding is.
Vec keep(const Vec& v, int64_t length) {
  return length == kWidth ? v : Vec::set(Vec(0.0F), v, length);
}

template <class Formula>
double elementwise_pass(const float* z, float* gradient, int64_t count, float scale) {
  double sum = 0.0;
  const Vec scales(scale);
  for (int64_t begin = 0; begin < count; begin += kPartial) {
    Vec partial(0.0F);
    const int64_t end = begin + kPartial < count ? begin + kPartial : count;
    for_each_vector(begin, end, [&](int64_t i, int64_t length) {
      const Term<Vec> term = Formula::template at_zero<Vec>(load(z + i, length));
      partial = partial + keep(term.value, length);
      if (gradient != nullptr) store(term.gradient * scales, gradient + i, length);
    });
    sum += static_cast<double>(horizontal_sum(partial));
  }
  return sum;
}

double log_sum_exp(const float* z, int64_t count) {
  float highest = -std::numeric_limits<float>::infinity();
  bool nan = false;
  for (int64_t i = 0; i < count; ++i) {
    highest = z[i] > highest ? z[i] : highest;
    nan = nan || std::isnan(z[i]);
  }
  if (nan) return std::numeric_limits<double>::quiet_NaN();
  if (std::isinf(highest)) return static_cast<double>(highest);
  double sum = 0.0;
  const Vec top(highest);
  for (int64_t begin = 0; begin < count; begin += kPartial) {
    Vec partial(0.0F);
    const int64_t end = begin + kPartial < count ? begin + kPartial : count;
    for_each_vector(begin, end, [&](int64_t i, int64_t length) {
      partial = partial + keep((load(z + i, length) - top).exp_u20(), length);
    });
    sum += static_cast<double>(horizontal_sum(partial));
  }
  return static_cast<double>(highest) + std::log(sum);
}

void softmax_pass(const float* z, float* gradient, int64_t count, float log_sum_exp, float scale) {
  const Vec normaliser(log_sum_exp);
  const Vec scales(scale);
  for_each_vector(0, count, [&](int64_t i, int64_t length) {
    store((load(z + i, length) - normaliser).exp_u20() * scales, gradient + i, length);
  });
}

template <size_t... Index>
constexpr CpuKernels make_kernels(std::index_sequence<Index...> /*all*/) {
  return {SPOUT_STRING(CPU_CAPABILITY),
          {&elementwise_pass<std::tuple_element_t<Index, ElementwiseFormulas>>...},
          &log_sum_exp,
          &softmax_pass};
}

constexpr CpuKernels kKernels = make_kernels(std::make_index_sequence<kNumElementwise>());

}  // namespace

const CpuKernels& SPOUT_KERNELS() {
  return kKernels;
}

}  // namespace spout
