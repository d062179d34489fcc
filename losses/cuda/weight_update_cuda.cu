// The CUDA kernel of the weight updates: one pass over weights, gradient and state. A thread takes
// eight elements of a row (or one where rows cannot be divided so), since computing the row, the
// column and the row's random bits costs more than moving an element. bf16 weights are rounded by
// the same random bits as on the CPU, except in rows that are moved as a matrix of their own (see
// update_apart() in weight_update.cpp).
#include <ATen/core/Tensor.h>
#include <c10/util/BFloat16.h>

#include <algorithm>
#include <array>

#include "spout/losses/cuda/cuda_kernels.h"
#include "spout/losses/kernels/rounding.h"
#include "spout/losses/optimizers/update_rules.h"
#include "spout/losses/optimizers/weight_update.h"

namespace spout {
namespace {

constexpr int64_t kMaxBlocks = 65535;

/// Stores a new weight; only a bf16 one needs rounding, by the random bits of its row.
__device__ void put(float value, float* to, uint32_t /*bits*/, int64_t /*col*/) {
  *to = value;
}
__device__ void put(float value, c10::BFloat16* to, uint32_t bits, int64_t col) {
  // CUDA's NaN has all low bits set: adding noise to it would overflow into a zero.
  const uint32_t noise = isnan(value) ? 0 : noise_bits(bits, static_cast<uint32_t>(col));
  const uint32_t sum = __float_as_uint(value) + noise;
  *to = c10::BFloat16(static_cast<unsigned short>(sum >> 16U), c10::BFloat16::from_bits());
}

/// The state tensors of a rule.
struct States {
  float* pointer[kMostStates];
};

/// kRun adjacent elements, which are loaded and stored 16 bytes at a time.
template <class T, int kRun>
struct alignas(kRun * sizeof(T) < 16 ? kRun * sizeof(T) : 16) Run {
  T value[kRun];
};

template <int kRun, class T>
__device__ Run<T, kRun> load(const T* from) {
  return *reinterpret_cast<const Run<T, kRun>*>(from);
}
template <int kRun, class T>
__device__ void store(T* to, const Run<T, kRun>& run) {
  *reinterpret_cast<Run<T, kRun>*>(to) = run;
}

/// Moves the weights, a run of kRun elements at a time.
///   runs   the number of runs, each within one row
///   moves  [rows], whether a row moves; null means that all do
template <int kRun, class Rule, class Weight, class Gradient>
__global__ void update_kernel(Weight* weights, const Gradient* gradient, States states,
                              int64_t runs, int64_t cols, int64_t first_row, const bool* moves,
                              uint64_t seed, StepConstants constants) {
  constexpr int kStates = std::tuple_size_v<decltype(Rule::kStates)>;
  const int64_t stride = static_cast<int64_t>(gridDim.x) * kCudaThreads;
  for (int64_t run = thread_index(); run < runs; run += stride) {
    const int64_t i = run * kRun;
    const int64_t row = i / cols;
    const int64_t col = i - row * cols;
    if (moves != nullptr && !moves[row]) continue;
    const uint32_t bits = row_bits(seed, first_row + row);
    Run<Weight, kRun> w = load<kRun>(weights + i);
    const Run<Gradient, kRun> g = load<kRun>(gradient + i);
    Run<float, kRun> state[kMostStates];
#pragma unroll
    for (int s = 0; s < kStates; ++s)
      state[s] = load<kRun>(states.pointer[s] + i);
#pragma unroll
    for (int j = 0; j < kRun; ++j) {
      float own[kMostStates];
      for (int s = 0; s < kStates; ++s)
        own[s] = state[s].value[j];
      const float next = Rule::template next<float>(static_cast<float>(w.value[j]),
                                                    static_cast<float>(g.value[j]), own, constants);
      put(next, w.value + j, bits, col + j);
      for (int s = 0; s < kStates; ++s)
        state[s].value[j] = own[s];
    }
    store(weights + i, w);
#pragma unroll
    for (int s = 0; s < kStates; ++s)
      store(states.pointer[s] + i, state[s]);
  }
}

bool is_aligned(const void* pointer) {
  return reinterpret_cast<uintptr_t>(pointer) % 16 == 0;
}

template <int kRun, class Rule, class Weight, class Gradient>
void launch_runs(const WeightUpdate& update, const States& states, int64_t cols) {
  const int64_t runs = update.weights.numel() / kRun;
  const at::Tensor mask = update.lazy() ? rows_with_gradient(update.gradient) : at::Tensor();
  const int64_t blocks = std::clamp<int64_t>(count_parts(runs, kCudaThreads), 1, kMaxBlocks);
  launch(update.weights.device(), blocks, &update_kernel<kRun, Rule, Weight, Gradient>,
         update.weights.mutable_data_ptr<Weight>(), update.gradient.const_data_ptr<Gradient>(),
         states, runs, cols, update.first_row,
         mask.defined() ? mask.const_data_ptr<bool>() : nullptr, update.seed, update.constants);
}

template <class Rule, class Weight, class Gradient>
void launch_update(const WeightUpdate& update) {
  constexpr int kRun = 8;
  const int64_t count = update.weights.numel();
  if (count == 0) return;
  const int64_t cols = update.weights.dim() < 2 ? count : count / update.weights.size(0);
  States states{};
  bool in_runs = cols % kRun == 0 && is_aligned(update.weights.const_data_ptr<Weight>()) &&
                 is_aligned(update.gradient.const_data_ptr<Gradient>());
  for (size_t s = 0; s < update.state.size(); ++s) {
    states.pointer[s] = update.state[s].mutable_data_ptr<float>();
    in_runs &= is_aligned(states.pointer[s]);
  }
  if (in_runs) {
    launch_runs<kRun, Rule, Weight, Gradient>(update, states, cols);
  } else {
    launch_runs<1, Rule, Weight, Gradient>(update, states, cols);
  }
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
