#include "app/training/svm_options.h"

#include <fmt/format.h>

namespace spout {
OptionGroup svm_group(ModelOptions& o) {
  return {"svm",
          {{"trees", &o.trees, "DEPTHS",
            "label trees whose predictions are averaged, of 2^DEPTH clusters; 0: each label "
            "against all rows"},
           {"beam", &o.beam, "N", "clusters of a tree in which a row is looked at"},
           {"feature-power", &o.feature_power, "P",
            "features are raised to it, one for all trees or one for each; 0: 1 or, in "
            "turn, 0.5 and 1, as nearest rows suggest"},
           {"svm-cost", &o.svm_cost, "C",
            "of a row on the wrong side; 0: it and its power as held-out rows suggest"},
           {"svm-cost-power", &o.svm_cost_power, "P", "of a label with m rows that is C m^-P"},
           {"svm-margin", &o.svm_margin, "M", "of rows without the label, below 1"}}};
}

void check_svm_options(const ModelOptions& o) {
  if (o.trees.empty()) throw UserError("--trees: expected a depth, 0 for none");
  for (const int64_t depth : o.trees)
    check_range("trees", static_cast<double>(depth), 0.0, 20.0);
  check_range("beam", static_cast<double>(o.beam), 1.0, 1e6);
  for (const double power : o.feature_power)
    check_range("feature-power", power, 0.0, 10.0);
  if (o.feature_power.size() != 1 && o.feature_power.size() != o.trees.size()) {
    throw UserError(
        fmt::format("--feature-power: expected 1 number or one for each of the {} "
                    "trees, found {}",
                    o.trees.size(), o.feature_power.size()));
  }
  check_range("svm-cost", o.svm_cost, 0.0, 1e6);
  check_range("svm-cost-power", o.svm_cost_power, 0.0, 2.0);
  if (o.svm_cost == 0.0 && o.svm_cost_power != ModelOptions{}.svm_cost_power) {
    throw UserError("--svm-cost-power: needs --svm-cost, for they are chosen together");
  }
  check_range("svm-margin", o.svm_margin, 0.0, 0.99);
}

}  // namespace spout
