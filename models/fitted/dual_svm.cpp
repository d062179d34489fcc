#include "spout/models/fitted/dual_svm.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "spout/sparse/base/random.h"

namespace spout {
namespace {

/// The weights solved for one label.
struct LabelWeights {
  std::vector<int64_t> feature;  // ascending
  std::vector<float> weight;
  double objective = 0.0;
};

/// The entries of a sparse vector.
struct Entries {
  std::span<const int32_t> index;
  std::span<const float> value;
};

/// A compact copy of a sparse matrix that is read many times: 32-bit indices, no tensors.
class CompactCsr {
 public:
  explicit CompactCsr(const Csr& matrix)
      : begin_(matrix.crow.const_data_ptr<int64_t>(),
               matrix.crow.const_data_ptr<int64_t>() + matrix.rows + 1),
        index_(matrix.col.const_data_ptr<int64_t>(),
               matrix.col.const_data_ptr<int64_t>() + matrix.nnz()),
        value_(matrix.values.const_data_ptr<float>(),
               matrix.values.const_data_ptr<float>() + matrix.nnz()) {}

  Entries operator[](int64_t row) const {
    const auto begin = static_cast<size_t>(begin_[static_cast<size_t>(row)]);
    const auto size = static_cast<size_t>(begin_[static_cast<size_t>(row) + 1]) - begin;
    return {{index_.data() + begin, size}, {value_.data() + begin, size}};
  }

 private:
  std::vector<int64_t> begin_;
  std::vector<int32_t> index_;
  std::vector<float> value_;
};

/// The rows of features, which all labels share.
struct Rows {
  explicit Rows(const Csr& features)
      : x(features), by_feature(transpose(features)), squares(static_cast<size_t>(features.rows)) {
    for (int64_t row = 0; row < features.rows; ++row) {
      for (const float value : x[row].value) {
        squares[static_cast<size_t>(row)] += static_cast<double>(value) * value;
        has_negative |= value < 0.0F;
      }
    }
    for (const double square : squares)
      longest = std::max(longest, std::sqrt(square));
  }

  CompactCsr x;                 // [n, D]
  CompactCsr by_feature;        // [D, n]
  std::vector<double> squares;  // [n] squared lengths of the rows
  double longest = 0.0;         // length of the longest row
  bool has_negative = false;    // whether x holds a negative value
};

/// Solves one label at a time. Between two labels the buffers over all rows and all features are
/// zeros.
class LabelSolver {
 public:
  LabelSolver(const Rows& rows, int64_t num_features, const SvmOptions& options)
      : rows_(rows),
        options_(options),
        w_(static_cast<size_t>(num_features)),
        is_touched_(static_cast<size_t>(num_features)),
        parts_(rows.squares.size()),
        inside_(rows.squares.size()) {}

  /// Solves one label.
  ///   label           selects the random numbers
  ///   having, values  the rows with a target for the label, and the targets
  LabelWeights solve(int64_t label, std::span<const int64_t> having,
                     std::span<const float> values) {
    label_ = label;
    begin(having, values);
    run_passes();
    for (int64_t scan = 0; scan < options_.scans; ++scan) {
      if (!take_violators()) break;
      run_passes();
    }
    LabelWeights result = kept_weights();
    reset();
    return result;
  }

 private:
  /// One constraint of the dual: sign * (x w) >= goal; violating it costs C.
  struct Row {
    int64_t index;  // of the row
    float sign;
    double goal;
    double half_price;  // 1 / (2 C)
    double alpha = 0.0;
  };

  /// Begins the working set with the rows that have the label.
  void begin(std::span<const int64_t> having, std::span<const float> values) {
    const auto count = std::max(static_cast<double>(having.size()), 1.0);
    others_half_price_ = 0.5 / (options_.cost * std::pow(count, -options_.cost_power));
    pass_ = 0;
    for (size_t i = 0; i < having.size(); ++i) {
      if (values[i] <= 0.0F) continue;
      add({having[i], 1.0F, 1.0 - kSvmBias, others_half_price_ / static_cast<double>(values[i])});
    }
  }

  /// Adds a row to the working set, unless it is all zeros.
  void add(const Row& row) {
    if (rows_.squares[static_cast<size_t>(row.index)] == 0.0) return;
    set_.push_back(row);
    inside_[static_cast<size_t>(row.index)] = true;
  }

  /// Adds the rows that violate their margin to the working set and returns whether there were any.
  /// A row without a scanned feature cannot violate its margin: what choose_scanned() leaves out
  /// adds too little. Only rows whose upper bound allows a violation are scored.
  bool take_violators() {
    const double most = -options_.margin - kSvmBias;
    const double left_out = choose_scanned(0.5 * most);
    for (const int32_t feature : scanned_) {
      const float w = w_[static_cast<size_t>(feature)];
      const Entries rows = rows_.by_feature[feature];
      for (size_t i = 0; i < rows.index.size(); ++i) {
        float& part = parts_[static_cast<size_t>(rows.index[i])];
        if (part == 0.0F) scored_.push_back(rows.index[i]);
        part += std::max(w * rows.value[i], 0.0F);
      }
    }
    found_.clear();
    for (const int32_t row : scored_) {
      const auto r = static_cast<size_t>(row);
      if (!inside_[r] && parts_[r] + left_out > most && score(row) > most) found_.push_back(row);
      parts_[r] = 0.0F;
    }
    scored_.clear();
    std::sort(found_.begin(), found_.end());
    for (const int32_t row : found_)
      add({row, -1.0F, -most, others_half_price_});
    return !found_.empty();
  }

  /// Collects the features that can add to a score. Leaves out the most frequent features as long
  /// as together they cannot add more than `budget` to any row's score (Cauchy-Schwarz). Returns
  /// the bound of what those left out can add.
  double choose_scanned(double budget) {
    scanned_.clear();
    for (const int32_t feature : touched_) {
      const float w = w_[static_cast<size_t>(feature)];
      if (w > 0.0F || (w < 0.0F && rows_.has_negative)) scanned_.push_back(feature);
    }
    std::sort(scanned_.begin(), scanned_.end(), [&](int32_t a, int32_t b) {
      const size_t rows_of_a = rows_.by_feature[a].index.size();
      const size_t rows_of_b = rows_.by_feature[b].index.size();
      return rows_of_a != rows_of_b ? rows_of_a < rows_of_b : a < b;
    });
    double squares = 0.0;
    while (!scanned_.empty()) {
      const double w = w_[static_cast<size_t>(scanned_.back())];
      if (std::sqrt(squares + w * w) * rows_.longest > budget) break;
      squares += w * w;
      scanned_.pop_back();
    }
    return std::sqrt(squares) * rows_.longest;
  }

  /// The product x w of a row.
  double score(int64_t row) const {
    const auto [features, values] = rows_.x[row];
    double sum = 0.0;
    for (size_t i = 0; i < features.size(); ++i)
      sum += static_cast<double>(w_[static_cast<size_t>(features[i])] * values[i]);
    return sum;
  }

  /// Runs passes of coordinate descent. Every fourth pass visits the whole working set, the others
  /// only rows whose dual variable is above zero. If no gradient of a pass exceeds the
  /// tolerance, stops after a pass over the whole set; otherwise the next pass covers it.
  void run_passes() {
    int64_t since_whole = 0;
    for (int64_t pass = 0; pass < options_.passes; ++pass) {
      constexpr int64_t kWholeEvery = 4;
      const bool whole = since_whole == 0;
      since_whole = (since_whole + 1) % kWholeEvery;
      if (whole) {
        order_.resize(set_.size());
        std::iota(order_.begin(), order_.end(), 0);
      } else {
        std::erase_if(order_, [&](int64_t i) { return set_[static_cast<size_t>(i)].alpha == 0.0; });
      }
      constexpr uint64_t kPasses = 1 << 20;  // more than a label takes
      shuffle(order_, options_.seed, RandomStream::kCoordinates,
              static_cast<uint64_t>(label_) * kPasses + pass_++);
      double largest = 0.0;
      for (const int64_t i : order_)
        largest = std::max(largest, step(set_[static_cast<size_t>(i)]));
      if (largest > options_.tolerance) continue;
      if (whole) return;
      since_whole = 0;
    }
  }

  /// Moves one dual variable to its optimum; returns the magnitude its projected gradient had.
  double step(Row& row) {
    const double gradient = row.sign * score(row.index) - row.goal + row.alpha * row.half_price;
    if (row.alpha == 0.0 && gradient >= 0.0) return 0.0;
    const double curvature = rows_.squares[static_cast<size_t>(row.index)] + row.half_price;
    const double next = std::max(row.alpha - gradient / curvature, 0.0);
    const auto change = static_cast<float>(row.sign * (next - row.alpha));
    row.alpha = next;
    const auto [features, values] = rows_.x[row.index];
    for (size_t i = 0; i < features.size(); ++i) {
      const auto feature = static_cast<size_t>(features[i]);
      if (!is_touched_[feature]) touched_.push_back(features[i]);
      is_touched_[feature] = true;
      w_[feature] += change * values[i];
    }
    return std::abs(gradient);
  }

  /// The weights that are large enough, and the dual objective
  /// sum alpha goal - |w|^2 / 2 - sum alpha^2 / (4 C).
  LabelWeights kept_weights() {
    LabelWeights result;
    for (const Row& row : set_)
      result.objective += row.alpha * (row.goal - 0.5 * row.alpha * row.half_price);
    std::sort(touched_.begin(), touched_.end());
    for (const int32_t feature : touched_) {
      const float w = w_[static_cast<size_t>(feature)];
      result.objective -= 0.5 * static_cast<double>(w) * static_cast<double>(w);
      if (w == 0.0F || std::abs(static_cast<double>(w)) < options_.smallest) continue;
      result.feature.push_back(feature);
      result.weight.push_back(w);
    }
    return result;
  }

  /// Sets the buffers to zero where this label has used them.
  void reset() {
    for (const int32_t feature : touched_) {
      w_[static_cast<size_t>(feature)] = 0.0F;
      is_touched_[static_cast<size_t>(feature)] = false;
    }
    for (const Row& row : set_)
      inside_[static_cast<size_t>(row.index)] = false;
    touched_.clear();
    set_.clear();
  }

  const Rows& rows_;
  const SvmOptions& options_;
  std::vector<float> w_;          // [D]
  std::vector<bool> is_touched_;  // [D]
  std::vector<int32_t> touched_;  // features whose weight has moved
  std::vector<int32_t> scanned_;  // features that a scan goes through
  std::vector<float> parts_;      // [n] upper bounds of what those add to each row's score
  std::vector<int32_t> scored_;   // rows whose bound is above zero
  std::vector<bool> inside_;      // [n] whether a row is in the working set
  std::vector<int32_t> found_;    // rows that a scan has found
  std::vector<Row> set_;          // the working set
  std::vector<int64_t> order_;    // in which a pass visits the working set
  double others_half_price_ = 0.0;
  int64_t label_ = 0;
  uint64_t pass_ = 0;
};

/// Joins the weights of all labels as [L, D] and frees each label's on the way.
Csr label_major(std::vector<LabelWeights>& labels, int64_t features) {
  std::vector<int64_t> crow{0};
  for (const LabelWeights& label : labels)
    crow.push_back(crow.back() + static_cast<int64_t>(label.feature.size()));
  std::vector<int64_t> col(static_cast<size_t>(crow.back()));
  std::vector<float> values(col.size());
  for (size_t i = 0; i < labels.size(); ++i) {
    std::copy(labels[i].feature.begin(), labels[i].feature.end(), col.begin() + crow[i]);
    std::copy(labels[i].weight.begin(), labels[i].weight.end(), values.begin() + crow[i]);
    labels[i] = LabelWeights{};
  }
  const auto num_labels = static_cast<int64_t>(labels.size());
  return make_csr(num_labels, features, std::move(crow), std::move(col), std::move(values));
}

}  // namespace

double svm_entries(const Csr& x) {
  constexpr double kOfRow = 10.0;
  return static_cast<double>(x.nnz()) + kOfRow * static_cast<double>(x.rows);
}

SvmWeights solve_svm(const Csr& x, const Csr& y, const SvmOptions& options) {
  TORCH_CHECK_VALUE(x.rows == y.rows, "svm: ", x.rows, " rows of features but ", y.rows,
                    " of labels");
  constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
  TORCH_CHECK_VALUE(x.rows <= kMost && x.cols <= kMost, "svm: expected at most 2^31 rows and ",
                    "features, found ", x.rows, " and ", x.cols);
  TORCH_CHECK_VALUE(options.margin >= 0.0 && options.margin < 1.0,
                    "svm: expected a margin from 0 to less than 1, found ", options.margin);
  const Rows rows(x);
  const Csr by_label = transpose(y);
  std::vector<LabelWeights> labels(static_cast<size_t>(y.cols));
  const double entries = svm_entries(x);
  std::atomic<int64_t> next{0};  // labels differ in cost, so each thread takes the next one
  const auto work = [&](int64_t /*first*/, int64_t /*last*/) {
    LabelSolver solver(rows, x.cols, options);
    for (int64_t label = next++; label < y.cols; label = next++) {
      if (options.poll) options.poll();
      labels[static_cast<size_t>(label)] =
          solver.solve(label, by_label.row_columns(label), by_label.row_values(label));
      if (options.done) options.done(entries);
    }
  };
  at::parallel_for(0, at::get_num_threads(), 1, work);
  SvmWeights result;
  for (const LabelWeights& label : labels)
    result.objective += label.objective;
  result.weight = label_major(labels, x.cols);
  return result;
}

double solve_svm_bytes(double rows, double features, double labels, double entries,
                       double targets) {
  // An entry is held by rows, by features and, while the latter is made, in a transpose of x.
  constexpr double kEntry = 48;
  constexpr double kTarget = 16;
  const auto threads = static_cast<double>(at::get_num_threads());
  return entries * kEntry + targets * kTarget + (rows + features + labels) * 16 +
         threads * (rows * 8 + features * 4);
}

}  // namespace spout
