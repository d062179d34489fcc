#include "spout/app/run/svm_options.h"

#include <fmt/format.h>

namespace spout {

OptionGroup svm_group(SvmModelOptions& o) {
  return {
      "model svm",
      {Option{"trees", &o.trees, "DEPTHS",
              "Depths of the label trees whose predictions are averaged; a tree of depth d has 2^d "
              "clusters of labels, from 10 on in several levels. 0 solves each label against all "
              "rows, without a tree. auto: 0,9 if that takes little time, else several deeper ones "
              "(--effort)."}
           .in(0.0, 20.0)
           .none_is("auto"),
       Option{"beam", &o.beam, "N",
              "Number of best clusters of a tree in which a row's labels are scored."}
           .in(1.0, 1e6),
       Option{"feature-power", &o.feature_power, "P",
              "Exponent that feature values are raised to, one for all trees or one for each; 0 "
              "chooses it on training rows."}
           .in(0.0, 10.0),
       Option{"svm-cost", &o.cost, "C",
              "C of the squared hinge, as in LinearSVC; 0 chooses it, and its power, on held-out "
              "rows."}
           .in(0.0, 1e6),
       Option{"svm-cost-power", &o.cost_power, "P",
              "The penalty for a label with m training rows is C m^-P; needs --svm-cost."}
           .in(0.0, 2.0),
       Option{
           "svm-margin", &o.margin, "M",
           "Margin of rows without the label: their score should be -M or less (that of rows with "
           "it 1 or more)."}
           .in(0.0, 0.99)}};
}

void check_svm_options(const SvmModelOptions& o) {
  if (o.feature_power.size() > 1 && o.trees.empty()) {
    throw UserError("--feature-power: several numbers need --trees with as many depths");
  }
  if (o.feature_power.size() != 1 && o.feature_power.size() != o.trees.size()) {
    throw UserError(
        fmt::format("--feature-power: expected 1 number or one for each of the {} "
                    "trees, found {}",
                    o.trees.size(), o.feature_power.size()));
  }
  if (o.cost == 0.0 && o.cost_power != SvmModelOptions{}.cost_power) {
    throw UserError(
        "--svm-cost-power: needs --svm-cost; without it both are chosen on held-out rows");
  }
}

}  // namespace spout
