// Which weight of a blend's network held-out rows choose.
#include "spout/app/training/blend_weight.h"

#include "spout/tests/testing.h"

using namespace spout;
using namespace spout::testing;

namespace {

using Values = std::array<double, kBlendWeights.size()>;

/// A fold of two halves, in which each weight has its value in both, except for one of them, whose
/// value differs by so much to either side.
BlendWeightTrials::OfFold fold_of(const Values& values, size_t place, double spread) {
  BlendWeightTrials::OfFold fold;
  for (size_t i = 0; i < values.size(); ++i) {
    const double aside = i == place ? spread : 0.0;
    fold.at(i).all = {{"P@1", values.at(i)}};
    fold.at(i).of_batches = {{{"P@1", values.at(i) - aside}}, {{"P@1", values.at(i) + aside}}};
  }
  return fold;
}

size_t chosen(const Values& values, size_t place, double spread) {
  BlendWeightTrials trials;
  trials.add(fold_of(values, place, spread));
  return trials.chosen("P@1");
}

constexpr Values kRising{0.50, 0.51, 0.52, 0.53, 0.54, 0.55, 0.56, 0.57};

}  // namespace

TEST_CASE("blend weight: a lead that is the same in all parts of the rows is taken") {
  CHECK(chosen(kRising, 7, 0.0) == 7);
  CHECK(chosen({0.57, 0.56, 0.55, 0.54, 0.53, 0.52, 0.51, 0.50}, 0, 0.0) == 0);
}

TEST_CASE("blend weight: a lead that varies by more leaves the usual weight") {
  // The standard error of two values that differ by 2 s is s.
  CHECK(chosen(kRising, 7, 0.061) == kUsualBlendWeight);
  CHECK(chosen(kRising, 7, 0.059) == kUsualBlendWeight + 1);
  CHECK(chosen(kRising, 7, 0.019) == 7);
}

TEST_CASE("blend weight: all equal, and what cannot be measured, leave the usual weight") {
  CHECK(chosen({0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5}, 0, 0.0) == kUsualBlendWeight);
  CHECK(BlendWeightTrials().chosen("P@1") == kUsualBlendWeight);
}

TEST_CASE("blend weight: folds count together, and errors are better where they are less") {
  BlendWeightTrials trials;
  trials.add(fold_of(kRising, 7, 0.0));
  trials.add(fold_of({0.59, 0.58, 0.57, 0.56, 0.55, 0.54, 0.53, 0.52}, 0, 0.0));
  CHECK(trials.metrics(0).front().second == doctest::Approx(0.545));
  CHECK(trials.chosen("P@1") == kUsualBlendWeight);
  CHECK(chosen(kRising, 7, 0.0) == 7);
  BlendWeightTrials errors;
  BlendWeightTrials::OfFold fold;
  for (size_t i = 0; i < fold.size(); ++i)
    fold.at(i).all = {{"MSE", kRising.at(i)}};
  errors.add(fold);
  CHECK(errors.chosen("MSE") == 0);
}
