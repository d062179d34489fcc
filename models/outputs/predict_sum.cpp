#include "spout/models/outputs/predict_sum.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <span>

#include "spout/sparse/decode/best_labels.h"

namespace spout {
namespace {

constexpr int64_t kLabelBlock = 1 << 14;  // labels whose scores exist at a time

/// Adds a row's sparse scores to its dense ones, which begin with the label `begin`.
void add_sparse(const Csr& sparse, int64_t row, int64_t begin, std::span<float> scores) {
  const auto columns = sparse.row_columns(row);
  const auto values = sparse.row_values(row);
  const auto first = std::lower_bound(columns.begin(), columns.end(), begin);
  for (auto i = static_cast<size_t>(first - columns.begin()); i < columns.size(); ++i) {
    const int64_t place = columns[i] - begin;
    if (place >= std::ssize(scores)) return;
    scores[static_cast<size_t>(place)] += values[i];
  }
}

}  // namespace

Csr predict_sum(const DenseScores& dense, const Csr& sparse, const DecodeOptions& options,
                const Csr* seen, DecodeReport* report) {
  BestLabels best(sparse.rows, sparse.cols, options, seen);
  for (int64_t begin = 0; begin < sparse.cols; begin += kLabelBlock) {
    const int64_t width = std::min(kLabelBlock, sparse.cols - begin);
    const at::Tensor block = dense({begin, begin + width}).contiguous();
    auto* scores = block.mutable_data_ptr<float>();
    at::parallel_for(0, sparse.rows, 1, [&](int64_t first, int64_t last) {
      for (int64_t row = first; row < last; ++row) {
        const std::span<float> of_row(scores + row * width, static_cast<size_t>(width));
        add_sparse(sparse, row, begin, of_row);
        for (int64_t label = 0; label < width; ++label) {
          const float score = of_row[static_cast<size_t>(label)];
          if (!(score <= best.limit(row))) best.offer(row, begin + label, score);
        }
      }
    });
  }
  return best.finish(report);
}

}  // namespace spout
