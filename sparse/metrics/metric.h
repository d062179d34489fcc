// The metrics by name ("P@5", "micro-F1", "nz-MSE") and their evaluation batch by batch.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sparse/layout/csr.h"
#include "sparse/metrics/calibration.h"
#include "sparse/metrics/coverage.h"
#include "sparse/metrics/f1.h"
#include "sparse/metrics/ranking.h"
#include "sparse/metrics/value_errors.h"

namespace spout {

/// A line of the table. One of the functions is set: those of the best k are written NAME@K.
struct MetricInfo {
  std::string_view name;
  std::string_view help;
  Ratio (*at_k)(const RankedRow& row, int64_t k) = nullptr;
  bool needs_propensities = false;
  double (Calibration::*of_best)() const = nullptr;
  double (F1Counts::*of_sets)() const = nullptr;
  double (ValueErrors::*of_values)() const = nullptr;
  double (Coverage::*of_coverage)() const = nullptr;
  bool is_error = false;  // the lower, the better

  bool takes_k() const { return at_k != nullptr || of_best != nullptr || of_coverage != nullptr; }
};

std::span<const MetricInfo> metric_table();

/// A metric as asked for, e.g. {nDCG, 5}.
struct MetricSpec {
  const MetricInfo* info = nullptr;
  int64_t k = 0;

  std::string name() const;
};

/// "P@1,nDCG@5" -> specs, in that order. Throws ValueError that names the word and what is known.
std::vector<MetricSpec> parse_metrics(std::string_view list);

/// What the specs need from predictions.
int64_t deepest_rank(std::span<const MetricSpec> specs);
bool need_sets(std::span<const MetricSpec> specs);
bool need_propensities(std::span<const MetricSpec> specs);

/// Names and values, in the order asked for.
using MetricValues = std::vector<std::pair<std::string, double>>;

class MetricEvaluator {
 public:
  /// inverse_propensity  [L], may be empty unless need_propensities(specs)
  MetricEvaluator(std::vector<MetricSpec> specs, int64_t num_labels,
                  std::vector<double> inverse_propensity);

  /// ranked  [n, L] scores of the best labels: ranks by falling score, ties by ascending label
  ///         (of Brier and ECE: logits)
  /// sets    [n, L] the entries predicted as not zero; used only where need_sets(specs)
  /// truth   [n, L] entries with a non-zero value are true
  void add(const Csr& ranked, const Csr& sets, const Csr& truth);

  /// Name and value in the order of the specs; fractions in [0, 1], errors in the target's units.
  MetricValues values() const;

 private:
  std::vector<MetricSpec> specs_;
  std::vector<double> inverse_propensity_;
  std::vector<Ratio> sums_;
  std::vector<Calibration> calibrations_;  // as many as specs; used where one is of_best
  std::vector<Coverage> coverages_;        // the same, of_coverage
  F1Counts f1_;
  ValueErrors errors_;
};

}  // namespace spout
