// The CPU kernels of the formulas and of softmax. This file is compiled once per instruction set:
// SPOUT_KERNELS names the function that it defines, CPU_CAPABILITY the vectors that at::vec uses.
// All else has internal linkage, so that the linker never picks AVX-512 code for a processor
// without it. A pass reads each score once. Value and gradient share the exponential, and 64
// vectors share one logarithm: sum of log1p(u) = log of the product of (1 + u). The product is kept
// minus one, q <- q + u + q u, since in most of training u is far below the epsilon of f32.
#include <cmath>
#include <limits>
#include <utility>

#include "spout/losses/kernels/vector_io.h"  // before the formulas, which call its overloads

#include "spout/losses/kernels/kernels.h"

#define SPOUT_STRING_OF(x) #x
#define SPOUT_STRING(x) SPOUT_STRING_OF(x)

namespace spout {
namespace {

// Columns that share one logarithm: 64 vectors, since 2^64, the largest product, fits into f32.
constexpr int64_t kPartial = 64 * kWidth;

float horizontal_sum(const Vec& v) {
  alignas(64) float elements[kWidth];
  v.store(elements);
  float sum = 0.0F;
  for (const float element : elements)
    sum += element;
  return sum;
}

/// v with zeros from element `length` on, whatever the padding there made of it.
Vec keep(const Vec& v, int64_t length) {
  return length == kWidth ? v : Vec::set(Vec(0.0F), v, length);
}

/// The scores from column `col` on, with their bias if kBias.
template <bool kBias, class Score>
Vec biased(const ScoreTile<Score>& tile, const Score* row, int64_t col, int64_t length) {
  const Vec z = load(row + col, length);
  if constexpr (kBias) {
    return z + load(tile.bias + col, length);
  } else {
    return z;
  }
}

/// One score, with its bias.
template <class Score>
float score_at(const ScoreTile<Score>& tile, const Score* row, int64_t col) {
  return static_cast<float>(row[col]) + (tile.bias != nullptr ? tile.bias[col] : 0.0F);
}

/// The scores from column `col` on, with their bias where there is one.
template <class Score>
Vec scores_at(const ScoreTile<Score>& tile, const Score* row, int64_t col, int64_t length) {
  return tile.bias != nullptr ? biased<true>(tile, row, col, length)
                              : biased<false>(tile, row, col, length);
}

/// Writes a vector of the gradient and adds it to the column sums.
template <class Score>
void put_gradient(const ScoreTile<Score>& tile, Score* row, int64_t col, int64_t length,
                  const Vec& gradient) {
  store(gradient, row + col, length);
  if (tile.column_sums != nullptr) {
    float* sums = tile.column_sums + col;
    store(load(sums, length) + gradient, sums, length);
  }
}

/// The sum of at most 64 vectors of f0.
class PartialSum {
 public:
  void add(const Term<Vec>& term, int64_t length) { sum_ = sum_ + keep(term.value, length); }
  void add(const LogTerm<Vec>& term, int64_t length) {
    sum_ = sum_ + keep(term.value, length);
    const Vec u = keep(term.log1p_of, length);
    product_ = at::vec::fmadd(product_, u, product_ + u);
    has_product_ = true;
  }
  double total() const {
    return static_cast<double>(horizontal_sum(has_product_ ? sum_ + math::log1p(product_) : sum_));
  }

 private:
  Vec sum_{0.0F};
  Vec product_{0.0F};  // the product of (1 + u), minus 1
  bool has_product_ = false;
};

template <class Formula, bool kBias, bool kGradient, bool kValue, class Score>
double elementwise_tile(const ScoreTile<Score>& tile) {
  const Formula formula(tile.parameters);
  double sum = 0.0;
  const Vec scale(tile.scale);
  for (int64_t row = 0; row < tile.rows; ++row) {
    const Score* z = tile.scores + row * tile.stride;
    Score* gradient = kGradient ? tile.gradient + row * tile.stride : nullptr;
    for (int64_t begin = 0; begin < tile.cols; begin += kPartial) {
      PartialSum partial;
      const int64_t end = begin + kPartial < tile.cols ? begin + kPartial : tile.cols;
      for_each_vector(begin, end, [&](int64_t col, auto length) {
        prefetch(z + col);
        const auto term = formula.template at_zero<Vec>(biased<kBias>(tile, z, col, length));
        if constexpr (kValue) partial.add(term, length);
        if constexpr (kGradient) put_gradient(tile, gradient, col, length, term.gradient * scale);
      });
      if constexpr (kValue) sum += partial.total();
    }
  }
  return sum;
}

template <class Formula, bool kBias, class Score>
double elementwise_biased(const ScoreTile<Score>& tile) {
  if (tile.gradient == nullptr) return elementwise_tile<Formula, kBias, false, true>(tile);
  return tile.want_value ? elementwise_tile<Formula, kBias, true, true>(tile)
                         : elementwise_tile<Formula, kBias, true, false>(tile);
}

/// elementwise_tile() with column weights, with which every entry needs a logarithm of its own.
template <class Formula, class Score>
double elementwise_weighted(const ScoreTile<Score>& tile) {
  const Formula formula(tile.parameters);
  double sum = 0.0;
  const Vec scale(tile.scale);
  for (int64_t row = 0; row < tile.rows; ++row) {
    const Score* z = tile.scores + row * tile.stride;
    Score* gradient = tile.gradient == nullptr ? nullptr : tile.gradient + row * tile.stride;
    for (int64_t begin = 0; begin < tile.cols; begin += kPartial) {
      Vec partial(0.0F);
      const int64_t end = begin + kPartial < tile.cols ? begin + kPartial : tile.cols;
      for_each_vector(begin, end, [&](int64_t col, auto length) {
        const Vec weights = load(tile.column_weights + col, length);
        const auto term = formula.template at_zero<Vec>(scores_at(tile, z, col, length));
        partial = partial + keep(whole_value(term) * weights, length);
        if (tile.gradient != nullptr) {
          put_gradient(tile, gradient, col, length, term.gradient * weights * scale);
        }
      });
      sum += static_cast<double>(horizontal_sum(partial));
    }
  }
  return sum;
}

template <class Formula, class Score>
double elementwise_pass(const ScoreTile<Score>& tile) {
  if (tile.column_weights != nullptr) return elementwise_weighted<Formula>(tile);
  return tile.bias != nullptr ? elementwise_biased<Formula, true>(tile)
                              : elementwise_biased<Formula, false>(tile);
}

/// The largest score of a row; NaN if any score is NaN.
template <class Score>
float highest_of(const ScoreTile<Score>& tile, const Score* row) {
  Vec top(-std::numeric_limits<float>::infinity());
  const int64_t whole = tile.cols / kWidth * kWidth;
  for (int64_t col = 0; col < whole; col += kWidth) {
    prefetch(row + col);
    top = at::vec::maximum(top, scores_at(tile, row, col, kWidth));
  }
  alignas(64) float elements[kWidth];
  top.store(elements);
  float highest = -std::numeric_limits<float>::infinity();
  for (const float element : elements)
    highest = element <= highest ? highest : element;
  for (int64_t col = whole; col < tile.cols; ++col) {
    const float z = score_at(tile, row, col);
    highest = z <= highest ? highest : z;
  }
  return highest;
}

/// The sum of exp(z - top) over a row.
template <class Score>
double exp_sum(const ScoreTile<Score>& tile, const Score* row, float top) {
  double sum = 0.0;
  const Vec tops(top);
  for (int64_t begin = 0; begin < tile.cols; begin += kPartial) {
    Vec partial(0.0F);
    const int64_t end = begin + kPartial < tile.cols ? begin + kPartial : tile.cols;
    for_each_vector(begin, end, [&](int64_t col, auto length) {
      prefetch(row + col);
      const Vec z = scores_at(tile, row, col, length);
      partial = partial + keep(math::exp_non_positive(z - tops), length);
    });
    sum += static_cast<double>(horizontal_sum(partial));
  }
  return sum;
}

template <class Score>
void log_sum_exp(const ScoreTile<Score>& tile, RowNormalizer* rows) {
  for (int64_t i = 0; i < tile.rows; ++i) {
    const Score* z = tile.scores + i * tile.stride;
    RowNormalizer& row = rows[i];
    const float top = highest_of(tile, z);
    if (std::isnan(top) || top == std::numeric_limits<float>::infinity()) {
      row.sum = std::numeric_limits<double>::quiet_NaN();
      row.top = 0.0F;
      continue;
    }
    if (top == -std::numeric_limits<float>::infinity()) continue;
    if (top > row.top) {
      row.sum *= std::exp(static_cast<double>(row.top) - static_cast<double>(top));
      row.top = top;
    }
    row.sum += exp_sum(tile, z, row.top);
  }
}

template <class Score>
void softmax_pass(const ScoreTile<Score>& tile, const float* normalizers, const float* row_sums) {
  for (int64_t row = 0; row < tile.rows; ++row) {
    const Score* z = tile.scores + row * tile.stride;
    Score* gradient = tile.gradient + row * tile.stride;
    const Vec normalizer(normalizers[row]);
    const Vec scale(tile.scale * row_sums[row]);
    for_each_vector(0, tile.cols, [&](int64_t col, auto length) {
      prefetch(z + col);
      const Vec p = math::exp_non_positive(scores_at(tile, z, col, length) - normalizer);
      put_gradient(tile, gradient, col, length, p * scale);
    });
  }
}

template <class Score>
int64_t entries_above(const ScoreTile<Score>& tile, float limit, TileEntry* out, int64_t capacity) {
  int64_t count = 0;
  const Vec limits(limit);
  for (int64_t row = 0; row < tile.rows && count < capacity; ++row) {
    const Score* z = tile.scores + row * tile.stride;
    for_each_vector(0, tile.cols, [&](int64_t col, int64_t length) {
      uint32_t mask = math::lanes_above(scores_at(tile, z, col, length), limits);
      if (length < kWidth) mask &= (uint32_t{1} << length) - 1;
      for (; mask != 0; mask &= mask - 1) {
        const int64_t column = col + __builtin_ctz(mask);
        out[count++] = {static_cast<int32_t>(row), static_cast<int32_t>(column),
                        score_at(tile, z, column)};
      }
    });
  }
  return count;
}

/// The operands of label_products(), from one of their d columns on.
template <class Score>
struct LabelStrip {
  const Score* weight;
  const Score* hidden;
  float* hidden_gradient;
  float* weight_gradient;
  int64_t stride;  // elements from one row to the next

  LabelStrip from(int64_t col) const {
    return {weight + col, hidden + col, hidden_gradient + col, weight_gradient + col, stride};
  }
};

/// label_products() for the first kVectors vectors of a strip; weight and sum stay in registers.
template <int kVectors, class Length, class Score>
void label_strip(const LabelStrip<Score>& strip, const SparseColumn& g, Length length) {
  Vec weight[kVectors];
  Vec sum[kVectors];
  for (int v = 0; v < kVectors; ++v) {
    weight[v] = load(strip.weight + v * kWidth, length);
    sum[v] = Vec(0.0F);
  }
  for (int64_t i = 0; i < g.count; ++i) {
    const Vec scale(g.values[i]);
    const Score* from = strip.hidden + g.rows[i] * strip.stride;
    float* to = strip.hidden_gradient + g.rows[i] * strip.stride;
    for (int v = 0; v < kVectors; ++v) {
      sum[v] = at::vec::fmadd(scale, load(from + v * kWidth, length), sum[v]);
      const Vec moved = at::vec::fmadd(scale, weight[v], load(to + v * kWidth, length));
      store(moved, to + v * kWidth, length);
    }
  }
  for (int v = 0; v < kVectors; ++v)
    store(sum[v], strip.weight_gradient + v * kWidth, length);
}

template <class Score>
void label_products(const Score* w, const Score* x, int64_t d, const SparseColumn& g, float* dx,
                    float* dw) {
  constexpr int kStrip = kWidth == 16 ? 8 : 4;  // vectors; as many as the registers can hold
  constexpr std::integral_constant<int64_t, kWidth> kWhole;
  const LabelStrip<Score> strip{w, x, dx, dw, d};
  int64_t col = 0;
  for (; col + kStrip * kWidth <= d; col += kStrip * kWidth)
    label_strip<kStrip>(strip.from(col), g, kWhole);
  for_each_vector(col, d,
                  [&](int64_t at, auto length) { label_strip<1>(strip.from(at), g, length); });
}

void scatter_feature(const float* from, int64_t cols, const SparseColumn& x, float* to,
                     int64_t stride) {
  for (int64_t i = 0; i < x.count; ++i) {
    const Vec scale(x.values[i]);
    float* row = to + x.rows[i] * stride;
    for_each_vector(0, cols, [&](int64_t col, auto length) {
      const Vec sum = at::vec::fmadd(scale, load(from + col, length), load(row + col, length));
      store(sum, row + col, length);
    });
  }
}

void gather_feature(const float* from, int64_t stride, const SparseColumn& x, float* to,
                    int64_t cols) {
  for_each_vector(0, cols, [&](int64_t col, auto length) {
    Vec sum(0.0F);
    for (int64_t i = 0; i < x.count; ++i) {
      const float* row = from + x.rows[i] * stride;
      sum = at::vec::fmadd(Vec(x.values[i]), load(row + col, length), sum);
    }
    store(sum, to + col, length);
  });
}

template <class Score, size_t... Index>
constexpr ScoreKernels<Score> make_score_kernels(std::index_sequence<Index...> /*all*/) {
  return {{&elementwise_pass<std::tuple_element_t<Index, ElementwiseFormulas>, Score>...},
          &log_sum_exp<Score>,
          &softmax_pass<Score>,
          &entries_above<Score>,
          &label_products<Score>};
}

constexpr auto kAll = std::make_index_sequence<kNumElementwise>();
constexpr CpuKernels kKernels{SPOUT_STRING(CPU_CAPABILITY),
                              {&scatter_feature, &gather_feature},
                              make_score_kernels<float>(kAll),
                              make_score_kernels<BFloat16>(kAll)};

}  // namespace

const CpuKernels& SPOUT_KERNELS() {
  return kKernels;
}

}  // namespace spout
