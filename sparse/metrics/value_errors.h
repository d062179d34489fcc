// Errors of predicted values against real-valued targets, over all entries of [n, L] or over the
// target's non-zeros. They are exact without a dense matrix: an entry that neither side stores adds
// nothing to a sum of errors, so it is enough to merge the stored ones.
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

  /// Adds a row. An entry that one side does not store is 0 on that side.
  void add_row(const RowValues& predicted, const RowValues& truth);

  // These are over all n * L entries.
  double mse() const { return all_.mse(); }
  double mae() const { return all_.mae(); }
  /// R2 is 1 - (sum of squared errors) / (sum of squared deviations of the targets from their
  /// mean); 0 if all targets are equal.
  double r2() const { return all_.r2(); }

  // These are over the non-zeros of the target.
  double non_zero_mse() const { return non_zeros_.mse(); }
  double non_zero_mae() const { return non_zeros_.mae(); }
  double non_zero_r2() const { return non_zeros_.r2(); }

  /// The share of the n * L entries that are predicted as not zero.
  double density() const;
  /// density() over the share of entries that are not zero in the target.
  double density_ratio() const;

 private:
  /// Sums over a set of entries. Entries that are 0 on both sides add to the count only.
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
