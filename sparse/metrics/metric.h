// The table of metrics by name ("P@5", "micro-F1", "nz-MSE"), and their evaluation batch by batch.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spout/sparse/layout/csr.h"
#include "spout/sparse/metrics/calibration.h"
#include "spout/sparse/metrics/coverage.h"
#include "spout/sparse/metrics/f1.h"
#include "spout/sparse/metrics/propensity.h"
#include "spout/sparse/metrics/ranking.h"
#include "spout/sparse/metrics/value_errors.h"

namespace spout {

/// A line of the table. Exactly one of the function pointers is set, except for the loss. Metrics
/// of the best k labels (at_k, of_best, of_coverage) are written NAME@K.
struct MetricInfo {
  std::string_view name;
  std::string_view help;
  Ratio (*at_k)(const RankedRow& row, int64_t k) = nullptr;
  bool needs_propensities = false;
  bool needs_training_rows = false;
  double (Calibration::*of_best)() const = nullptr;
  double (F1Counts::*of_sets)() const = nullptr;
  double (ValueErrors::*of_values)() const = nullptr;
  double (Coverage::*of_coverage)() const = nullptr;
  bool is_loss = false;   // the mean loss, which a training puts in the place of NaN
  bool is_error = false;  // lower is better

  bool takes_k() const { return at_k != nullptr || of_best != nullptr || of_coverage != nullptr; }
};

std::span<const MetricInfo> metric_table();

/// A metric as the user asked for it, such as {nDCG, 5}.
struct MetricSpec {
  const MetricInfo* info = nullptr;
  int64_t k = 0;

  std::string name() const;
};

/// Parses "P@1,nDCG@5" into specs, in that order.
///   throws ValueError that names the bad word and lists the known metrics
std::vector<MetricSpec> parse_metrics(std::string_view list);

/// The largest k of the specs; 0 if none has a k.
int64_t deepest_rank(std::span<const MetricSpec> specs);
/// Whether a spec needs the set of predicted entries, beside or in place of the best k.
bool need_sets(std::span<const MetricSpec> specs);
/// Whether a spec is the loss.
bool need_loss(std::span<const MetricSpec> specs);
/// Whether a spec needs inverse propensities.
bool need_propensities(std::span<const MetricSpec> specs);
/// Whether a spec needs the number of training rows of each label.
bool need_training_rows(std::span<const MetricSpec> specs);

/// What the specs need to know of the labels.
///   train_y  [rows, L] the training target
LabelStatistics label_statistics(std::span<const MetricSpec> specs, const Csr& train_y,
                                 const PropensityOptions& propensity);

/// Names and values of metrics, in the order asked for.
using MetricValues = std::vector<std::pair<std::string, double>>;

class MetricEvaluator {
 public:
  /// Starts without rows.
  ///   labels  what the specs need of them; the rest may be empty
  MetricEvaluator(std::vector<MetricSpec> specs, int64_t num_labels, LabelStatistics labels);

  /// Adds rows.
  ///   ranked  [n, L] scores of the best labels, ranked by falling score, ties by ascending label;
  ///           Brier and ECE take the scores as logits
  ///   sets    [n, L] the entries predicted as not zero; used only if need_sets(specs)
  ///   truth   [n, L] entries with a non-zero value are true
  void add(const Csr& ranked, const Csr& sets, const Csr& truth);

  /// Returns names and values in the order of the specs: fractions in [0, 1], errors in the
  /// target's units, NaN for the loss.
  MetricValues values() const;

 private:
  std::vector<MetricSpec> specs_;
  LabelStatistics labels_;
  std::vector<Ratio> sums_;
  std::vector<Calibration> calibrations_;  // one per spec, used if it is of_best
  std::vector<Coverage> coverages_;        // one per spec, used if it is of_coverage
  F1Counts f1_;
  ValueErrors errors_;
};

}  // namespace spout
