#include "spout/losses/formulas/math_tensor.h"  // before the rules, which call its overloads

#include "spout/losses/optimizers/weight_update.h"

#include <ATen/Parallel.h>
#include <ATen/ops/any.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

#include "spout/losses/optimizers/update_kernels.h"
#include "spout/sparse/base/random.h"
#include "spout/sparse/base/sorted_range.h"

namespace spout {
namespace {

constexpr int64_t kGrain = int64_t{1} << 14;  // the fewest weights that are worth a thread

struct Rectangle {
  int64_t rows = 0;
  int64_t cols = 0;
};

/// The weights as a matrix; a vector counts as one row.
Rectangle rectangle_of(const at::Tensor& weights) {
  if (weights.dim() < 2) return {weights.numel() == 0 ? 0 : 1, weights.numel()};
  const int64_t rows = weights.size(0);
  return {rows, rows == 0 ? 0 : weights.numel() / rows};
}

/// All rows of an update, without their gradient.
template <class Weight, class Gradient>
RowUpdate<Weight, Gradient> rows_of(const WeightUpdate& update) {
  RowUpdate<Weight, Gradient> all;
  all.weights = update.weights.mutable_data_ptr<Weight>();
  for (size_t i = 0; i < update.state.size(); ++i)
    all.state[i] = update.state[i].mutable_data_ptr<float>();
  const auto [rows, cols] = rectangle_of(update.weights);
  all.rows = rows;
  all.cols = cols;
  all.first_row = update.first_row;
  all.seed = update.seed;
  return all;
}

/// Rows [first, last) of `all`.
template <class Weight, class Gradient>
RowUpdate<Weight, Gradient> part_of(const RowUpdate<Weight, Gradient>& all, int64_t first,
                                    int64_t last) {
  RowUpdate<Weight, Gradient> part = all;
  part.weights += first * all.cols;
  for (float*& state : part.state)
    state += state == nullptr ? 0 : first * all.cols;
  part.rows = last - first;
  part.first_row += first;
  return part;
}

template <class Gradient>
bool is_all_zero(const Gradient* gradient, int64_t cols) {
  return std::all_of(gradient, gradient + cols, [](Gradient g) { return g == Gradient(0); });
}

template <class Weight, class Gradient>
void update_on_cpu(const WeightUpdate& update) {
  const auto pass = cpu_update_kernels().of<Weight, Gradient>()[update.rule];
  const auto all = rows_of<Weight, Gradient>(update);
  const auto* gradient = update.gradient.const_data_ptr<Gradient>();
  const int64_t grain = std::max<int64_t>(1, kGrain / std::max<int64_t>(all.cols, 1));
  at::parallel_for(0, all.rows, grain, [&](int64_t first, int64_t last) {
    const auto run = [&](int64_t begin, int64_t end) {
      auto part = part_of(all, begin, end);
      part.gradient = gradient + begin * all.cols;
      pass(part, update.constants);
    };
    if (!update.lazy()) return run(first, last);
    for (int64_t row = first; row < last; ++row) {
      if (!is_all_zero(gradient + row * all.cols, all.cols)) run(row, row + 1);
    }
  });
}

template <class Weight>
RowUpdater row_updater_of(const WeightUpdate& update) {
  const auto pass = cpu_update_kernels().of<Weight, float>()[update.rule];
  return [pass, all = rows_of<Weight, float>(update), constants = update.constants](
             const RowPart& part, const float* gradient) {
    auto row = part_of(all, part.row, part.row + 1);
    row.weights += part.begin;
    for (float*& state : row.state)
      state += state == nullptr ? 0 : part.begin;
    row.cols = part.count;
    row.gradient = gradient;
    pass(row, constants);
  };
}

/// Moves the listed rows, whose gradient the update holds, as a matrix of their own. The random
/// bits that round bf16 weights are then those of the rows' numbers in that matrix.
void update_apart(const WeightUpdate& update, const at::Tensor& rows,
                  void (*move)(const WeightUpdate&)) {
  WeightUpdate apart = update;
  const auto select = [&](at::Tensor& whole) { whole = whole.index_select(0, rows); };
  select(apart.weights);
  std::for_each(apart.state.begin(), apart.state.end(), select);
  move(apart);
  update.weights.index_copy_(0, rows, apart.weights);
  for (size_t i = 0; i < update.state.size(); ++i)
    update.state[i].index_copy_(0, rows, apart.state[i]);
}

/// The update by tensor operations, for any device and dtype, in several passes over memory.
template <class Rule>
void update_by_tensors(const WeightUpdate& update) {
  if (update.lazy()) {
    WeightUpdate moving = update;
    const at::Tensor rows = rows_with_gradient(update.gradient).nonzero().squeeze(1);
    moving.lazy_rows = false;
    moving.gradient = update.gradient.index_select(0, rows);
    return update_apart(moving, rows, &update_by_tensors<Rule>);
  }
  std::array<at::Tensor, kMostStates> state;
  for (size_t i = 0; i < update.state.size(); ++i)
    state[i] = update.state[i];
  const auto dtype =
      update.state.empty() ? update.gradient.scalar_type() : update.state[0].scalar_type();
  update.weights.copy_(Rule::template next<at::Tensor>(
      update.weights.to(dtype), update.gradient.to(dtype), state.data(), update.constants));
  for (size_t i = 0; i < update.state.size(); ++i)
    update.state[i].copy_(state[i]);
}

struct RuleEntry {
  RuleInfo info;
  void (*by_tensors)(const WeightUpdate&);
};

template <class... Rule>
std::array<RuleEntry, sizeof...(Rule)> entries_of(std::tuple<Rule...>* /*list*/) {
  return {RuleEntry{{Rule::kStates, &Rule::rests_at_zero}, &update_by_tensors<Rule>}...};
}

const RuleEntry& entry_of(size_t rule) {
  static const auto kEntries = entries_of(static_cast<UpdateRules*>(nullptr));
  return kEntries.at(rule);
}

void check(const WeightUpdate& update) {
  const at::Tensor& w = update.weights;
  TORCH_CHECK_VALUE(w.sizes() == update.gradient.sizes(), "update: weights ", w.sizes(),
                    " but gradient ", update.gradient.sizes());
  TORCH_CHECK_VALUE(w.is_contiguous() && update.gradient.is_contiguous(),
                    "update: weights and gradient must be contiguous");
  TORCH_CHECK_VALUE(update.state.size() == entry_of(update.rule).info.states.size(),
                    "update: expected ", entry_of(update.rule).info.states.size(),
                    " state tensors, found ", update.state.size());
  for (const at::Tensor& state : update.state) {
    TORCH_CHECK_VALUE(state.sizes() == w.sizes() && state.is_contiguous(), "update: weights ",
                      w.sizes(), " but state ", state.sizes());
  }
}

/// Moves all rows, with a dense gradient for as many rows at a time as make 16 MiB of it.
void update_by_parts(const WeightUpdate& update, const at::Tensor& rows) {
  constexpr int64_t kNumbers = int64_t{1} << 22;
  const int64_t count = update.weights.size(0);
  const int64_t part_rows =
      std::max<int64_t>(kNumbers / std::max<int64_t>(rectangle_of(update.weights).cols, 1), 1);
  const at::Tensor host_rows = rows.cpu();
  const std::span<const int64_t> listed(host_rows.const_data_ptr<int64_t>(),
                                        static_cast<size_t>(host_rows.numel()));
  for (int64_t begin = 0; begin < count; begin += part_rows) {
    const int64_t size = std::min(part_rows, count - begin);
    const SortedRange own = sorted_range(listed, begin, begin + size);
    WeightUpdate part = update;
    const auto narrow = [&](at::Tensor& whole) { whole = whole.narrow(0, begin, size); };
    narrow(part.weights);
    std::for_each(part.state.begin(), part.state.end(), narrow);
    part.first_row += begin;
    part.gradient = at::zeros(part.weights.sizes(), update.gradient.options());
    part.gradient.index_copy_(0, rows.narrow(0, own.first, own.count) - begin,
                              update.gradient.narrow(0, own.first, own.count));
    update_weights(part);
  }
}

}  // namespace

at::Tensor rows_with_gradient(const at::Tensor& gradient) {
  return gradient.ne(0).view({gradient.size(0), -1}).any(1);
}

const RuleInfo& rule_info(size_t rule) {
  return entry_of(rule).info;
}

uint64_t rounding_seed(uint64_t seed, int64_t step) {
  return random_bits(seed, RandomStream::kRounding, static_cast<uint64_t>(step), 0);
}

RowUpdater row_updater(const WeightUpdate& update) {
  const auto dtype = update.weights.scalar_type();
  TORCH_CHECK_VALUE(update.weights.is_cpu() && (dtype == at::kFloat || dtype == at::kBFloat16),
                    "row update: expected f32 or bf16 weights in host memory, found ", dtype,
                    " on ", update.weights.device());
  return dtype == at::kFloat ? row_updater_of<float>(update)
                             : row_updater_of<c10::BFloat16>(update);
}

void update_listed_rows(const WeightUpdate& update, const at::Tensor& rows, bool others) {
  const auto dtype = update.weights.scalar_type();
  const bool by_rows = update.weights.is_cpu() && update.gradient.scalar_type() == at::kFloat &&
                       (dtype == at::kFloat || dtype == at::kBFloat16);
  if (!by_rows && !others) return update_apart(update, rows, &update_weights);
  if (!by_rows) return update_by_parts(update, rows);
  const RowUpdater updater = row_updater(update);
  const auto [all_rows, cols] = rectangle_of(update.weights);
  const auto* listed = rows.const_data_ptr<int64_t>();
  const auto* gradient = update.gradient.const_data_ptr<float>();
  const int64_t count = rows.numel();
  const int64_t grain = std::max<int64_t>(1, kGrain / std::max<int64_t>(cols, 1));
  const int64_t width = cols;
  if (!others) {
    at::parallel_for(0, count, grain, [&](int64_t first, int64_t last) {
      for (int64_t i = first; i < last; ++i) {
        const float* own = gradient + i * width;
        if (!update.lazy() || !is_all_zero(own, width)) updater({listed[i], 0, width}, own);
      }
    });
    return;
  }
  const std::vector<float> zeros(static_cast<size_t>(cols), 0.0F);
  at::parallel_for(0, all_rows, grain, [&](int64_t first, int64_t last) {
    const int64_t* next = std::lower_bound(listed, listed + count, first);
    for (int64_t row = first; row < last; ++row) {
      const bool has_gradient = next != listed + count && *next == row;
      updater({row, 0, width}, has_gradient ? gradient + (next - listed) * width : zeros.data());
      if (has_gradient) ++next;
    }
  });
}

void update_weights(const WeightUpdate& update) {
  check(update);
  const auto weight = update.weights.scalar_type();
  const auto gradient = update.gradient.scalar_type();
  if (update.weights.is_cpu() && weight == at::kFloat && gradient == at::kFloat) {
    return update_on_cpu<float, float>(update);
  }
  if (update.weights.is_cpu() && weight == at::kBFloat16) {
    if (gradient == at::kFloat) return update_on_cpu<c10::BFloat16, float>(update);
    if (gradient == at::kBFloat16) return update_on_cpu<c10::BFloat16, c10::BFloat16>(update);
  }
#if defined(SPOUT_WITH_CUDA)
  if (update.weights.is_cuda() && update_weights_cuda(update)) return;
#endif
  entry_of(update.rule).by_tensors(update);
}

}  // namespace spout
