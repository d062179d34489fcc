// Errors of predicted values against real-valued targets, over all entries of [n, L] or over the
// target's non-zeros, exact without a dense matrix: an entry stored in neither adds nothing to a
// sum of errors, so a merge of the stored ones is enough.
#pragma once

#include <cstdint>
#include <span>

namespace spout {

/// The stored entries of one row.
struct RowValues {
  std::span<const int64_t> columns;  // ascending
  std::span<const float> values;
};

class ValueErrors {
 public:
  explicit ValueErrors(int64_t num_labels) : num_labels_(num_labels) {}

  /// What is not stored counts as 0, also against what the other side stores.
  void add_row(const RowValues& predicted, const RowValues& truth);

  // Means over all n * L entries.
  double mse() const { return all_.mse(); }
  double mae() const { return all_.mae(); }
  /// 1 - squared error over squared deviation of the targets from their mean; 0 where those are all
  /// equal.
  double r2() const { return all_.r2(); }

  // The same over the non-zeros of the target.
  double non_zero_mse() const { return non_zeros_.mse(); }
  double non_zero_mae() const { return non_zeros_.mae(); }
  double non_zero_r2() const { return non_zeros_.r2(); }

  /// Share of [n, L] that is predicted as not zero.
  double density() const;
  /// That over the target's share.
  double density_ratio() const;

 private:
  /// Sums over some entries; those that are 0 on both sides only count.
  struct Sums {
    double count = 0.0;
    double squared_error = 0.0;
    double absolute_error = 0.0;
    double target = 0.0;
    double squared_target = 0.0;

    void add(double predicted, double truth);
    double mse() const { return count == 0.0 ? 0.0 : squared_error / count; }
    double mae() const { return count == 0.0 ? 0.0 : absolute_error / count; }
    double r2() const;
  };

  void add(double predicted, double truth);

  int64_t num_labels_;
  Sums all_;
  Sums non_zeros_;
  double predicted_non_zeros_ = 0.0;
};

}  // namespace spout
