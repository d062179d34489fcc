// The CPU kernels of every update rule: one pass over weights, gradient and state. This file is
// compiled once per instruction set, as kernels/score_kernel.cpp is.
#include "spout/losses/kernels/vector_io.h"  // before the rules, which call its overloads

#include "spout/losses/kernels/rounding.h"
#include "spout/losses/optimizers/update_kernels.h"

namespace spout {
namespace {

// Stores new weights; only bf16 ones need rounding, by the random bits of their row.
void put(const Vec& v, float* to, int64_t length, uint32_t /*bits*/, int64_t /*col*/) {
  store(v, to, length);
}
void put(const Vec& v, BFloat16* to, int64_t length, uint32_t bits, int64_t col) {
  const auto first = static_cast<uint32_t>(col);
  store_bf16_by(
      [&](const Vec& all, BFloat16* out) { math::store_bf16_randomly(all, out, bits, first); }, v,
      to, length);
}

template <class Rule, class Weight, class Gradient>
void update_rows(const RowUpdate<Weight, Gradient>& update, const StepConstants& constants) {
  constexpr size_t kStates = Rule::kStates.size();
  for (int64_t row = 0; row < update.rows; ++row) {
    const uint32_t bits = row_bits(update.seed, update.first_row + row);
    const int64_t begin = row * update.cols;
    for_each_vector(0, update.cols, [&](int64_t col, auto length) {
      const int64_t offset = begin + col;
      Vec state[kMostStates];
      for (size_t i = 0; i < kStates; ++i) {
        prefetch(update.state[i] + offset);
        state[i] = load(update.state[i] + offset, length);
      }
      prefetch(update.weights + offset);
      prefetch(update.gradient + offset);
      const Vec w = load(update.weights + offset, length);
      const Vec g = load(update.gradient + offset, length);
      put(Rule::template next<Vec>(w, g, state, constants), update.weights + offset, length, bits,
          col);
      for (size_t i = 0; i < kStates; ++i)
        store(state[i], update.state[i] + offset, length);
    });
  }
}

template <size_t... Index>
constexpr UpdateKernels make_update_kernels(std::index_sequence<Index...> /*all*/) {
  return {{&update_rows<std::tuple_element_t<Index, UpdateRules>, float, float>...},
          {&update_rows<std::tuple_element_t<Index, UpdateRules>, BFloat16, BFloat16>...},
          {&update_rows<std::tuple_element_t<Index, UpdateRules>, BFloat16, float>...}};
}

constexpr UpdateKernels kKernels = make_update_kernels(std::make_index_sequence<kNumRules>());

}  // namespace

const UpdateKernels& SPOUT_UPDATE_KERNELS() {
  return kKernels;
}

}  // namespace spout
