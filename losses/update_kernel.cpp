// The weight updates of every rule: one pass over weights, gradient and state. Compiled once per
// instruction set, as score_kernel.cpp.
#include "losses/vector_io.h"  // before the rules, which call its functions

#include "losses/kernels.h"
#include "losses/rounding.h"

namespace spout {
namespace {

// f32 weights need no rounding.
void put(const Vec& v, float* to, int64_t length, uint32_t /*bits*/, int64_t /*col*/) {
  store(v, to, length);
}
void put(const Vec& v, BFloat16* to, int64_t length, uint32_t bits, int64_t col) {
  const auto first = static_cast<uint32_t>(col);
  store_bf16_by(
      [&](const Vec& all, BFloat16* place) { math::store_bf16_randomly(all, place, bits, first); },
      v, to, length);
}

template <class Rule, class Weight, class Gradient>
void update_rows(const RowUpdate<Weight, Gradient>& update, const StepConstants& constants) {
  constexpr size_t kStates = Rule::kStates.size();
  for (int64_t row = 0; row < update.rows; ++row) {
    const uint32_t bits = row_bits(update.seed, update.first_row + row);
    const int64_t begin = row * update.cols;
    for_each_vector(0, update.cols, [&](int64_t col, auto length) {
      const int64_t place = begin + col;
      Vec state[kMostStates];
      for (size_t i = 0; i < kStates; ++i) {
        prefetch(update.state[i] + place);
        state[i] = load(update.state[i] + place, length);
      }
      prefetch(update.weights + place);
      prefetch(update.gradient + place);
      const Vec w = load(update.weights + place, length);
      const Vec g = load(update.gradient + place, length);
      put(Rule::template next<Vec>(w, g, state, constants), update.weights + place, length, bits,
          col);
      for (size_t i = 0; i < kStates; ++i)
        store(state[i], update.state[i] + place, length);
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
