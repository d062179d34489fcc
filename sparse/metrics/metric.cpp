#include "spout/sparse/metrics/metric.h"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>

#include "spout/sparse/base/characters.h"

namespace spout {
namespace {

constexpr MetricInfo of_ranks(std::string_view name, std::string_view help,
                              Ratio (*at_k)(const RankedRow& row, int64_t k),
                              bool needs_propensities = false) {
  MetricInfo info{name, help};
  info.at_k = at_k;
  info.needs_propensities = needs_propensities;
  return info;
}
template <int64_t First, int64_t Last>
constexpr MetricInfo of_frequency(std::string_view name, std::string_view help) {
  MetricInfo info = of_ranks(name, help, &recall_of_frequency_at<First, Last>);
  info.needs_training_rows = true;
  return info;
}
constexpr MetricInfo of_best(std::string_view name, std::string_view help,
                             double (Calibration::*value)() const) {
  MetricInfo info{name, help};
  info.of_best = value;
  info.is_error = true;
  return info;
}
constexpr MetricInfo of_sets(std::string_view name, std::string_view help,
                             double (F1Counts::*value)() const) {
  MetricInfo info{name, help};
  info.of_sets = value;
  return info;
}
constexpr MetricInfo of_values(std::string_view name, std::string_view help,
                               double (ValueErrors::*value)() const, bool is_error = false) {
  MetricInfo info{name, help};
  info.of_values = value;
  info.is_error = is_error;
  return info;
}
constexpr MetricInfo of_coverage(std::string_view name, std::string_view help,
                                 double (Coverage::*value)() const) {
  MetricInfo info{name, help};
  info.of_coverage = value;
  return info;
}

constexpr MetricInfo of_loss(std::string_view name, std::string_view help) {
  MetricInfo info{name, help};
  info.is_loss = true;
  info.is_error = true;
  return info;
}

constexpr std::array kTable{
    of_ranks("P", "precision: hits in the first k, over k", &precision_at),
    of_ranks("nDCG", "discounted gain over the ideal gain of min(k, true labels)", &ndcg_at),
    of_ranks("Recall", "hits in the first k, over the number of true labels", &recall_at),
    of_frequency<0, 0>("Recall-0", "share of the true labels without training rows that are hits"),
    of_frequency<1, 5>("Recall-1-5", "the same for labels of 1 to 5 training rows"),
    of_frequency<6, 50>("Recall-6-50", "for labels of 6 to 50 training rows"),
    of_frequency<51, std::numeric_limits<int64_t>::max()>("Recall-51", "for labels of 51 or more"),
    of_ranks("HitRate", "share of rows with a hit in the first k", &hit_rate_at),
    of_ranks("MRR", "1 over the rank of the first hit in the first k", &reciprocal_rank_at),
    of_ranks("MAP", "precision at each hit in the first k, over min(k, true labels)",
             &average_precision_at),
    of_ranks("PSP", "precision weighted by inverse propensity, normalised", &ps_precision_at, true),
    of_ranks("PSnDCG", "nDCG weighted by inverse propensity, normalised", &ps_ndcg_at, true),
    of_coverage("coverage", "share of all labels that are in the first k of some row",
                &Coverage::share),
    of_best("Brier", "squared error of the first k labels' probabilities", &Calibration::brier),
    of_best("ECE", "expected calibration error of these probabilities, in 15 bins",
            &Calibration::error),
    of_sets("micro-F1", "F1 of the labels above the threshold, micro-averaged (all entries pooled)",
            &F1Counts::micro),
    of_sets("macro-F1", "F1 of each label, averaged over all labels", &F1Counts::macro),
    of_sets("precision", "share of the predicted entries that are true, micro-averaged",
            &F1Counts::precision),
    of_sets("recall", "share of the true entries that are predicted, micro-averaged",
            &F1Counts::recall),
    of_values("MSE", "squared error over all entries, absent ones as 0", &ValueErrors::mse, true),
    of_values("MAE", "absolute error over all entries", &ValueErrors::mae, true),
    of_values("R2", "explained share of the variance over all entries", &ValueErrors::r2),
    of_values("nz-MSE", "squared error over the true non-zeros, absent ones as 0",
              &ValueErrors::non_zero_mse, true),
    of_values("nz-MAE", "absolute error over them, likewise", &ValueErrors::non_zero_mae, true),
    of_values("nz-R2", "explained share of the variance over the true non-zeros",
              &ValueErrors::non_zero_r2),
    of_values("density", "share of all entries that is predicted", &ValueErrors::density),
    of_values("density-ratio", "predicted density / true density", &ValueErrors::density_ratio),
    of_loss("loss", "the loss that is trained, mean per row (spout train only)"),
};

std::string known_metrics() {
  std::string known;
  for (const MetricInfo& info : kTable) {
    known += (known.empty() ? "" : ", ") + std::string(info.name) + (info.takes_k() ? "@k" : "");
  }
  return known;
}

/// "; did you mean 'P@1'?" for a metric written in another way or called so elsewhere; else empty.
///   name, cut  what stands before '@', and '@' with what follows
std::string did_you_mean(std::string_view name, std::string_view cut) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kElsewhere = {{
      {"accuracy", "p"},
      {"acc", "p"},
      {"precision", "p"},
      {"f1", "micro-f1"},
      {"hit", "hitrate"},
      {"hr", "hitrate"},
      {"mean-squared-error", "mse"},
      {"mean-absolute-error", "mae"},
  }};
  std::string plain = lower_case(name);
  for (const auto& [elsewhere, here] : kElsewhere) {
    if (plain == elsewhere) plain = here;
  }
  for (const MetricInfo& info : kTable) {
    if (lower_case(info.name) != plain || (!cut.empty() && !info.takes_k())) continue;
    const std::string_view k = !info.takes_k() ? "" : cut.empty() ? "@1" : cut;
    return fmt::format("; did you mean '{}{}'?", info.name, k);
  }
  return "";
}

MetricSpec parse_metric(std::string_view word) {
  const size_t at = std::min(word.find('@'), word.size());
  const std::string_view name = word.substr(0, at);
  const auto* info = std::find_if(kTable.begin(), kTable.end(),
                                  [&](const MetricInfo& entry) { return entry.name == name; });
  TORCH_CHECK_VALUE(info != kTable.end(), "metric '", word, "' is unknown",
                    did_you_mean(name, word.substr(at)), " (known: ", known_metrics(), ")");
  if (!info->takes_k()) {
    TORCH_CHECK_VALUE(at == word.size(), "metric '", name, "' takes no @k, found '", word, "'",
                      did_you_mean(name, word.substr(at)));
    return {info, 0};
  }
  const std::string_view digits = at == word.size() ? "" : word.substr(at + 1);
  int64_t k = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), k);
  TORCH_CHECK_VALUE(
      result.ec == std::errc() && result.ptr == digits.data() + digits.size() && k > 0, "metric '",
      word, "': expected ", name, "@ and a positive number");
  return {info, k};
}

/// The entries of a row by falling value.
struct RankedEntries {
  std::vector<int64_t> columns;
  std::vector<float> values;
};

RankedEntries ranked_entries(const Csr& matrix, int64_t row) {
  const auto columns = matrix.row_columns(row);
  const auto values = matrix.row_values(row);
  std::vector<size_t> order(columns.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return values[a] > values[b]; });
  RankedEntries ranked;
  ranked.columns.reserve(order.size());
  ranked.values.reserve(order.size());
  for (const size_t i : order) {
    ranked.columns.push_back(columns[i]);
    ranked.values.push_back(values[i]);
  }
  return ranked;
}

void calibrate(const RankedEntries& ranked, const RankedRow& row, int64_t k,
               Calibration& calibration) {
  const size_t count = std::min(ranked.values.size(), static_cast<size_t>(k));
  for (size_t i = 0; i < count; ++i) {
    const auto logit = static_cast<double>(ranked.values[i]);
    calibration.add(1.0 / (1.0 + std::exp(-logit)), row.hit(i));
  }
}

std::vector<Coverage> coverages_of(const std::vector<MetricSpec>& specs, int64_t num_labels) {
  std::vector<Coverage> coverages;
  coverages.reserve(specs.size());
  for (const MetricSpec& spec : specs)
    coverages.emplace_back(spec.info->of_coverage != nullptr ? num_labels : 0);
  return coverages;
}

std::vector<int64_t> non_zero_columns(const Csr& matrix, int64_t row) {
  const auto columns = matrix.row_columns(row);
  const auto values = matrix.row_values(row);
  std::vector<int64_t> kept;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (values[i] != 0.0F) kept.push_back(columns[i]);
  }
  return kept;
}

}  // namespace

std::span<const MetricInfo> metric_table() {
  return kTable;
}

std::string MetricSpec::name() const {
  return k > 0 ? fmt::format("{}@{}", info->name, k) : std::string(info->name);
}

std::vector<MetricSpec> parse_metrics(std::string_view list) {
  std::vector<MetricSpec> specs;
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    specs.push_back(parse_metric(trimmed(list.substr(0, comma))));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  TORCH_CHECK_VALUE(!specs.empty(), "no metric named; known: ", known_metrics());
  return specs;
}

int64_t deepest_rank(std::span<const MetricSpec> specs) {
  int64_t deepest = 0;
  for (const MetricSpec& spec : specs)
    deepest = std::max(deepest, spec.k);
  return deepest;
}

bool need_sets(std::span<const MetricSpec> specs) {
  return std::any_of(specs.begin(), specs.end(), [](const MetricSpec& spec) {
    return spec.info->of_sets != nullptr || spec.info->of_values != nullptr;
  });
}

bool need_loss(std::span<const MetricSpec> specs) {
  return std::any_of(specs.begin(), specs.end(),
                     [](const MetricSpec& spec) { return spec.info->is_loss; });
}

bool need_propensities(std::span<const MetricSpec> specs) {
  return std::any_of(specs.begin(), specs.end(),
                     [](const MetricSpec& spec) { return spec.info->needs_propensities; });
}

bool need_training_rows(std::span<const MetricSpec> specs) {
  return std::any_of(specs.begin(), specs.end(),
                     [](const MetricSpec& spec) { return spec.info->needs_training_rows; });
}

LabelStatistics label_statistics(std::span<const MetricSpec> specs, const Csr& train_y,
                                 const PropensityOptions& propensity) {
  LabelStatistics labels;
  if (need_propensities(specs)) {
    labels.inverse_propensity = inverse_propensities(train_y, propensity);
  }
  if (need_training_rows(specs)) labels.training_rows = label_counts(train_y);
  return labels;
}

MetricEvaluator::MetricEvaluator(std::vector<MetricSpec> specs, int64_t num_labels,
                                 LabelStatistics labels)
    : specs_(std::move(specs)),
      labels_(std::move(labels)),
      sums_(specs_.size()),
      calibrations_(specs_.size()),
      coverages_(coverages_of(specs_, num_labels)),
      f1_(need_sets(specs_) ? num_labels : 0),
      errors_(num_labels) {
  const auto check = [&](const char* what, bool needed, size_t found) {
    TORCH_CHECK_VALUE(!needed || found == static_cast<size_t>(num_labels), what, " of ", found,
                      " labels given for ", num_labels);
  };
  check("propensities", need_propensities(specs_), labels_.inverse_propensity.size());
  check("training rows", need_training_rows(specs_), labels_.training_rows.size());
}

void MetricEvaluator::add(const Csr& ranked, const Csr& sets, const Csr& truth) {
  TORCH_CHECK_VALUE(ranked.rows == truth.rows && ranked.cols <= truth.cols, "metrics: predictions ",
                    ranked.rows, " x ", ranked.cols, " but truth ", truth.rows, " x ", truth.cols);
  for (int64_t row = 0; row < truth.rows; ++row) {
    const RankedEntries best = ranked_entries(ranked, row);
    const std::vector<int64_t> true_labels = non_zero_columns(truth, row);
    const RankedRow view{best.columns, true_labels, labels_};
    for (size_t i = 0; i < specs_.size(); ++i) {
      if (specs_[i].info->of_best != nullptr) {
        calibrate(best, view, specs_[i].k, calibrations_[i]);
      }
      if (specs_[i].info->of_coverage != nullptr) coverages_[i].add(best.columns, specs_[i].k);
      if (specs_[i].info->at_k == nullptr) continue;
      const Ratio ratio = specs_[i].info->at_k(view, specs_[i].k);
      sums_[i].numerator += ratio.numerator;
      sums_[i].denominator += ratio.denominator;
    }
    if (!need_sets(specs_)) continue;
    f1_.add_row(sets.row_columns(row), true_labels);
    errors_.add_row({sets.row_columns(row), sets.row_values(row)},
                    {truth.row_columns(row), truth.row_values(row)});
  }
}

MetricValues MetricEvaluator::values() const {
  MetricValues named;
  for (size_t i = 0; i < specs_.size(); ++i) {
    const MetricSpec& spec = specs_[i];
    const MetricInfo& info = *spec.info;
    const double value = info.is_loss                  ? std::numeric_limits<double>::quiet_NaN()
                         : info.of_sets != nullptr     ? (f1_.*info.of_sets)()
                         : info.of_values != nullptr   ? (errors_.*info.of_values)()
                         : info.of_best != nullptr     ? (calibrations_[i].*info.of_best)()
                         : info.of_coverage != nullptr ? (coverages_[i].*info.of_coverage)()
                         : sums_[i].denominator == 0.0 ? 0.0
                                                       : sums_[i].numerator / sums_[i].denominator;
    named.emplace_back(spec.name(), value);
  }
  return named;
}

}  // namespace spout
