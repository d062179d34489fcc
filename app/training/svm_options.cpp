#include "app/training/svm_options.h"

#include <fmt/format.h>

namespace spout {
namespace {

constexpr bool kSaved = true;
constexpr bool kFixed = true;

}  // namespace

OptionGroup svm_group(ModelOptions& o) {
  return {
      "svm",
      {{"trees", &o.trees, "DEPTHS",
        "label trees whose predictions are averaged, of 2^DEPTH clusters; 0: each label "
        "against all rows",
        kSaved, kFixed},
       {"beam", &o.beam, "N", "clusters of a tree in which a row is looked at", kSaved, kFixed},
       {"feature-power", &o.feature_power, "P",
        "features are raised to it; 0: 1 or 0.5, as nearest rows suggest", kSaved, kFixed},
       {"svm-cost", &o.svm_cost, "C", "of a row on the wrong side", kSaved, kFixed},
       {"svm-cost-power", &o.svm_cost_power, "P", "of a label with m rows that is C m^-P", kSaved,
        kFixed},
       {"svm-least-share", &o.svm_least_share, "S", "but at least C S", kSaved, kFixed},
       {"svm-margin", &o.svm_margin, "M", "of rows without the label, below 1", kSaved, kFixed}}};
}

void check_svm_options(const ModelOptions& o) {
  if (o.trees.empty()) throw UserError("--trees: expected a depth, 0 for none");
  for (const int64_t depth : o.trees)
    check_range("trees", static_cast<double>(depth), 0.0, 20.0);
  check_range("beam", static_cast<double>(o.beam), 1.0, 1e6);
  check_range("feature-power", o.feature_power, 0.0, 10.0);
  check_range("svm-cost", o.svm_cost, 1e-6, 1e6);
  check_range("svm-cost-power", o.svm_cost_power, 0.0, 2.0);
  check_range("svm-least-share", o.svm_least_share, 0.0, 1.0);
  check_range("svm-margin", o.svm_margin, 0.0, 0.99);
}

}  // namespace spout
