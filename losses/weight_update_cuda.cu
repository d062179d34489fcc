// CUDA kernel of the weight updates: one pass over weights, gradient and state, a thread an
// element. bf16 weights are rounded at random by the same bits as on the CPU
// (but for rows that are moved apart, see weight_update.cpp).
#include <ATen/core/Tensor.h>
#include <c10/util/BFloat16.h>

#include <algorithm>
#include <array>

#include "losses/cuda_kernels.h"
#include "losses/rounding.h"
#include "losses/update_rules.h"
#include "losses/weight_update_cuda.h"

namespace spout {
namespace {

constexpr int64_t kMaxBlocks = 65535;

__device__ void put(float value, float* to, uint32_t /*bits*/, int64_t /*col*/) {
  *to = value;
}
__device__ void put(float value, c10::BFloat16* to, uint32_t bits, int64_t col) {
  // CUDA's NaN has all bits set: adding to it would give a zero.
  const uint32_t noise = isnan(value) ? 0 : noise_bits(bits, static_cast<uint32_t>(col));
  const uint32_t sum = __float_as_uint(value) + noise;
  *to = c10::BFloat16(static_cast<unsigned short>(sum >> 16U), c10::BFloat16::from_bits());
}

struct States {
  float* pointer[kMostStates];
};

/// moves  [rows], whether a row does; null: all
template <class Rule, class Weight, class Gradient>
__global__ void update_kernel(Weight* weights, const Gradient* gradient, States states,
                              int64_t count, int64_t cols, int64_t first_row, const bool* moves,
                              uint64_t seed, StepConstants constants) {
  constexpr int kStates = std::tuple_size_v<decltype(Rule::kStates)>;
  const int64_t stride = static_cast<int64_t>(gridDim.x) * kCudaThreads;
  for (int64_t i = thread_index(); i < count; i += stride) {
    if (moves != nullptr && !moves[i / cols]) continue;
    float state[kMostStates];
    for (int s = 0; s < kStates; ++s)
      state[s] = states.pointer[s][i];
    const float next = Rule::template next<float>(
        static_cast<float>(weights[i]), static_cast<float>(gradient[i]), state, constants);
    put(next, weights + i, row_bits(seed, first_row + i / cols), i % cols);
    for (int s = 0; s < kStates; ++s)
      states.pointer[s][i] = state[s];
  }
}

template <class Rule, class Weight, class Gradient>
void launch_update(const WeightUpdate& update) {
  const int64_t count = update.weights.numel();
  if (count == 0) return;
  const int64_t cols = update.weights.dim() < 2 ? count : count / update.weights.size(0);
  States states{};
  for (size_t s = 0; s < update.state.size(); ++s)
    states.pointer[s] = update.state[s].mutable_data_ptr<float>();
  const at::Tensor mask = update.lazy() ? rows_with_gradient(update.gradient) : at::Tensor();
  const int64_t blocks = std::clamp<int64_t>(count_parts(count, kCudaThreads), 1, kMaxBlocks);
  launch(update.weights.device(), blocks, &update_kernel<Rule, Weight, Gradient>,
         update.weights.mutable_data_ptr<Weight>(), update.gradient.const_data_ptr<Gradient>(),
         states, count, cols, update.first_row,
         mask.defined() ? mask.const_data_ptr<bool>() : nullptr, update.seed, update.constants);
}

using Launch = void (*)(const WeightUpdate&);

template <class Weight, class Gradient, class... Rule>
constexpr std::array<Launch, sizeof...(Rule)> launches_of(std::tuple<Rule...>* /*list*/) {
  return {&launch_update<Rule, Weight, Gradient>...};
}

template <class Weight, class Gradient>
constexpr auto kLaunches = launches_of<Weight, Gradient>(static_cast<UpdateRules*>(nullptr));

}  // namespace

bool update_weights_cuda(const WeightUpdate& update) {
  using c10::BFloat16;
  const auto weight = update.weights.scalar_type();
  const auto gradient = update.gradient.scalar_type();
  if (weight == at::kFloat && gradient == at::kFloat) {
    kLaunches<float, float>[update.rule](update);
  } else if (weight == at::kBFloat16 && gradient == at::kFloat) {
    kLaunches<BFloat16, float>[update.rule](update);
  } else if (weight == at::kBFloat16 && gradient == at::kBFloat16) {
    kLaunches<BFloat16, BFloat16>[update.rule](update);
  } else {
    return false;
  }
  return true;
}

}  // namespace spout
